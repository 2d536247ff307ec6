-- What the bank sent back counts as not paid, no longer as recovered: a payment that came back and was paid again is paid once.
UPDATE ledger_tally SET
  paid_pence = paid_pence - (SELECT CAST(SUM(amount_pence) AS BIGINT) FROM ledger_transfer WHERE debit_kind = 'paid' AND credit_kind = 'committed'
    AND debit_record_id = record_id AND ledger_transfer.budget_line_id = ledger_tally.budget_line_id),
  recovered_pence = recovered_pence - (SELECT CAST(SUM(amount_pence) AS BIGINT) FROM ledger_transfer WHERE debit_kind = 'paid' AND credit_kind = 'committed'
    AND debit_record_id = record_id AND ledger_transfer.budget_line_id = ledger_tally.budget_line_id)
WHERE EXISTS (SELECT 1 FROM ledger_transfer WHERE debit_kind = 'paid' AND credit_kind = 'committed'
  AND debit_record_id = record_id AND ledger_transfer.budget_line_id = ledger_tally.budget_line_id);
