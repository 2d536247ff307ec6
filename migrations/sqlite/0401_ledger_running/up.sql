-- Running totals: what each record had had of each budget line by the end of a month, in movements recorded up to `ledger_fold.folded_to`. A row
-- holds from its month until the next month in which anything took effect. They are made behind the watermark by a worker, never by an act. The
-- key begins with its last month, so that what holds in a month stands together.
CREATE TABLE ledger_running (
  record_id BLOB NOT NULL,
  budget_line_id BLOB NOT NULL,
  month TEXT NOT NULL,
  until TEXT NOT NULL,
  holder TEXT NOT NULL CONSTRAINT ledger_running_holder_check CHECK (holder IN ('fund_period', 'earmark', 'tranche', 'award')),
  held_pence INTEGER NOT NULL,
  committed_pence INTEGER NOT NULL,
  paid_pence INTEGER NOT NULL,
  recovered_pence INTEGER NOT NULL,
  released_pence INTEGER NOT NULL,
  sides INTEGER NOT NULL,
  CONSTRAINT ledger_running_pkey PRIMARY KEY (until, record_id, budget_line_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_running_record_id ON ledger_running (record_id, budget_line_id, month);

-- What moved between kinds of account in each month, added up apart from the above so that the one can be held against the other.
CREATE TABLE ledger_month_kind (
  debit_kind TEXT NOT NULL,
  credit_kind TEXT NOT NULL,
  month TEXT NOT NULL,
  amount_pence INTEGER NOT NULL,
  transfers INTEGER NOT NULL,
  CONSTRAINT ledger_month_kind_pkey PRIMARY KEY (debit_kind, credit_kind, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_fold (
  id INTEGER NOT NULL CONSTRAINT ledger_fold_pkey PRIMARY KEY CONSTRAINT ledger_fold_id_check CHECK (id = 1),
  folded_to INTEGER NOT NULL
) STRICT;
