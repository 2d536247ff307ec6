-- Accounts and movements. A movement is never changed; a balance is the sum of its movements, and
-- `latest_on` the last day that any of them takes effect on: both are kept to save adding up.
CREATE TABLE ledger_account (
  id BLOB NOT NULL CONSTRAINT ledger_account_pkey PRIMARY KEY,
  kind TEXT NOT NULL CONSTRAINT ledger_account_kind_check CHECK (kind IN ('source', 'fund_period', 'earmark', 'tranche', 'offered', 'committed', 'paid')),
  record_id BLOB NOT NULL,
  budget_line_id BLOB NOT NULL,
  balance_pence INTEGER NOT NULL,
  latest_on TEXT NOT NULL,
  CONSTRAINT ledger_account_key UNIQUE (record_id, kind, budget_line_id),
  CONSTRAINT ledger_account_balance_pence_check CHECK (kind = 'source' OR balance_pence >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_account_kind ON ledger_account (kind, id);
CREATE INDEX ledger_account_budget_line_id ON ledger_account (budget_line_id);

CREATE TABLE ledger_transfer (
  id BLOB NOT NULL CONSTRAINT ledger_transfer_pkey PRIMARY KEY,
  debit_account_id BLOB NOT NULL CONSTRAINT ledger_transfer_debit_account_id_fkey REFERENCES ledger_account (id),
  credit_account_id BLOB NOT NULL CONSTRAINT ledger_transfer_credit_account_id_fkey REFERENCES ledger_account (id),
  debit_kind TEXT NOT NULL,
  credit_kind TEXT NOT NULL,
  debit_record_id BLOB NOT NULL,
  credit_record_id BLOB NOT NULL,
  budget_line_id BLOB NOT NULL,
  amount_pence INTEGER NOT NULL CONSTRAINT ledger_transfer_amount_pence_check CHECK (amount_pence > 0),
  effective_on TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  act TEXT NOT NULL,
  CONSTRAINT ledger_transfer_sides_check CHECK (debit_account_id <> credit_account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_transfer_debit_record_id ON ledger_transfer (debit_record_id, recorded_at);
CREATE INDEX ledger_transfer_credit_record_id ON ledger_transfer (credit_record_id, recorded_at);
CREATE INDEX ledger_transfer_budget_line_id ON ledger_transfer (budget_line_id, recorded_at);
CREATE INDEX ledger_transfer_debit_account_id ON ledger_transfer (debit_account_id, effective_on);
CREATE INDEX ledger_transfer_credit_account_id ON ledger_transfer (credit_account_id, effective_on);
