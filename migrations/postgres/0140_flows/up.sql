-- Movements in the order in which reports add them up, with all that is asked of each: no sorting, and no look at the rows themselves.
CREATE INDEX ledger_transfer_flow ON ledger_transfer
  (debit_kind, credit_kind, debit_record_id, credit_record_id, budget_line_id, effective_on, recorded_at, amount_pence);
