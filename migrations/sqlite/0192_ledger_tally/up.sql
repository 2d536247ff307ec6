-- What each fund period, earmark, tranche and award has had of each budget line: the sums of its movements, kept in their transaction so
-- that a report about now adds up what came later instead of everything. `sides` is how many sides of movements they are the sums of.
CREATE TABLE ledger_tally (
  record_id BLOB NOT NULL,
  budget_line_id BLOB NOT NULL,
  holder TEXT NOT NULL CONSTRAINT ledger_tally_holder_check CHECK (holder IN ('fund_period', 'earmark', 'tranche', 'award')),
  held_pence INTEGER NOT NULL,
  committed_pence INTEGER NOT NULL,
  paid_pence INTEGER NOT NULL,
  recovered_pence INTEGER NOT NULL,
  released_pence INTEGER NOT NULL,
  sides INTEGER NOT NULL,
  CONSTRAINT ledger_tally_pkey PRIMARY KEY (record_id, budget_line_id)
) STRICT, WITHOUT ROWID;

INSERT INTO ledger_tally (record_id, budget_line_id, holder, held_pence, committed_pence, paid_pence, recovered_pence, released_pence, sides)
SELECT record_id, budget_line_id,
  CASE WHEN kind IN ('offered', 'committed', 'paid') THEN 'award' ELSE kind END,
  CAST(SUM(CASE WHEN kind IN ('committed', 'paid') THEN 0 ELSE change END) AS INTEGER),
  CAST(SUM(CASE WHEN kind IN ('committed', 'paid') THEN change ELSE 0 END) AS INTEGER),
  CAST(SUM(CASE WHEN kind = 'paid' AND other = 'committed' AND change > 0 THEN change ELSE 0 END) AS INTEGER),
  CAST(SUM(CASE WHEN kind = 'paid' AND change < 0 THEN -change ELSE 0 END) AS INTEGER),
  CAST(SUM(CASE WHEN kind IN ('offered', 'committed') AND other IN ('fund_period', 'earmark', 'tranche') AND change < 0 THEN -change ELSE 0 END) AS INTEGER),
  COUNT(*)
FROM (
  SELECT left_behind.record_id, left_behind.budget_line_id, debit_kind AS kind, credit_kind AS other, -amount_pence AS change
  FROM ledger_transfer JOIN ledger_account AS left_behind ON left_behind.id = debit_account_id
  UNION ALL
  SELECT reached.record_id, reached.budget_line_id, credit_kind, debit_kind, amount_pence
  FROM ledger_transfer JOIN ledger_account AS reached ON reached.id = credit_account_id
) AS sides
WHERE kind <> 'source'
GROUP BY record_id, budget_line_id, CASE WHEN kind IN ('offered', 'committed', 'paid') THEN 'award' ELSE kind END;

-- What came later than a day or a moment, which is little where it is asked about now.
CREATE INDEX ledger_transfer_recorded_at ON ledger_transfer (recorded_at);
CREATE INDEX ledger_transfer_effective_on ON ledger_transfer (effective_on);
