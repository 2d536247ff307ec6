-- How an award is paid: which instalments, from which budget coding. Each change adds a version.
CREATE TABLE payment_schedule (
  award_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  amount_pence INTEGER NOT NULL,
  plan TEXT NOT NULL,
  CONSTRAINT payment_schedule_pkey PRIMARY KEY (award_id, version),
  CONSTRAINT payment_schedule_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id)
) STRICT, WITHOUT ROWID;

-- A payment run: what one file for the finance system holds.
CREATE TABLE payment_run (
  id BLOB NOT NULL,
  reference TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT payment_run_pkey PRIMARY KEY (id),
  CONSTRAINT payment_run_reference_key UNIQUE (reference)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_run_version (
  run_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  state TEXT NOT NULL,
  due_by TEXT NOT NULL,
  fund_id BLOB,
  made_by TEXT NOT NULL,
  reason TEXT,
  CONSTRAINT payment_run_version_pkey PRIMARY KEY (run_id, version),
  CONSTRAINT payment_run_version_run_id_fkey FOREIGN KEY (run_id) REFERENCES payment_run (id),
  CONSTRAINT payment_run_version_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT payment_run_version_state_check CHECK (state IN ('gathered', 'exported', 'confirmed', 'cancelled'))
) STRICT, WITHOUT ROWID;

-- The file of a run, as it left. Never changed; the hash is of its bytes.
CREATE TABLE payment_run_file (
  run_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  file TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  CONSTRAINT payment_run_file_pkey PRIMARY KEY (run_id),
  CONSTRAINT payment_run_file_run_id_fkey FOREIGN KEY (run_id) REFERENCES payment_run (id)
) STRICT, WITHOUT ROWID;

-- Payments: an identity row, whose version alone is ever updated, and version rows that are only added.
CREATE TABLE payment (
  id BLOB NOT NULL,
  award_id BLOB NOT NULL,
  provider_id BLOB NOT NULL,
  reference TEXT NOT NULL,
  number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT payment_pkey PRIMARY KEY (id),
  CONSTRAINT payment_reference_key UNIQUE (reference),
  CONSTRAINT payment_number_key UNIQUE (award_id, number),
  CONSTRAINT payment_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT payment_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_provider_id ON payment (provider_id, id);

CREATE TABLE payment_version (
  payment_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  state TEXT NOT NULL,
  kind TEXT NOT NULL,
  instalment TEXT NOT NULL,
  amount_pence INTEGER NOT NULL,
  vat_pence INTEGER,
  is_estimate INTEGER NOT NULL,
  starts_on TEXT,
  ends_on TEXT,
  due_on TEXT NOT NULL,
  planned_due_on TEXT NOT NULL,
  waits_for TEXT,
  met_on TEXT,
  met_note TEXT,
  invoice_number TEXT,
  invoice_on TEXT,
  received_on TEXT,
  hold_reason TEXT,
  overridden TEXT NOT NULL,
  requested_by BLOB,
  requested_by_name TEXT NOT NULL,
  authorised_by BLOB,
  authorised_by_name TEXT,
  authorised_on TEXT,
  duplicate_reason TEXT,
  supplier_number TEXT,
  parts_no INTEGER NOT NULL,
  run_id BLOB,
  paid_on TEXT,
  bank_reference TEXT,
  returned_on TEXT,
  reason TEXT,
  CONSTRAINT payment_version_pkey PRIMARY KEY (payment_id, version),
  CONSTRAINT payment_version_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment (id),
  CONSTRAINT payment_version_run_id_fkey FOREIGN KEY (run_id) REFERENCES payment_run (id),
  CONSTRAINT payment_version_state_check CHECK (state IN ('scheduled', 'held', 'authorised', 'exported', 'paid', 'returned', 'failed', 'cancelled')),
  CONSTRAINT payment_version_kind_check CHECK (kind IN ('instalment', 'invoice')),
  CONSTRAINT payment_version_amount_pence_check CHECK (amount_pence > 0),
  CONSTRAINT payment_version_vat_pence_check CHECK (vat_pence >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_version_due_on ON payment_version (due_on, payment_id);
CREATE INDEX payment_version_run_id ON payment_version (run_id);

-- Which budget lines pay, to the penny, from the authorisation on. `parts_no` is the version that authorised.
CREATE TABLE payment_part (
  payment_id BLOB NOT NULL,
  parts_no INTEGER NOT NULL,
  budget_line_id BLOB NOT NULL,
  amount_pence INTEGER NOT NULL,
  CONSTRAINT payment_part_pkey PRIMARY KEY (payment_id, parts_no, budget_line_id),
  CONSTRAINT payment_part_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment (id),
  CONSTRAINT payment_part_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT payment_part_amount_pence_check CHECK (amount_pence > 0)
) STRICT, WITHOUT ROWID;

-- The payments of a run, each in the version that was gathered.
CREATE TABLE payment_run_item (
  run_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  payment_id BLOB NOT NULL,
  payment_version INTEGER NOT NULL,
  CONSTRAINT payment_run_item_pkey PRIMARY KEY (run_id, position),
  CONSTRAINT payment_run_item_run_id_fkey FOREIGN KEY (run_id) REFERENCES payment_run (id),
  CONSTRAINT payment_run_item_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_run_item_payment_id ON payment_run_item (payment_id);

-- What holds payments, as data: for all, for a fund's, for one kind of award's.
CREATE TABLE payment_rule (
  id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT payment_rule_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_rule_version (
  rule_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  fund_id BLOB,
  award_kind TEXT,
  quarters_back INTEGER,
  percent INTEGER,
  check_kind TEXT,
  is_active INTEGER NOT NULL,
  reason TEXT,
  CONSTRAINT payment_rule_version_pkey PRIMARY KEY (rule_id, version),
  CONSTRAINT payment_rule_version_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES payment_rule (id),
  CONSTRAINT payment_rule_version_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT payment_rule_version_kind_check CHECK (kind IN ('return_not_accepted', 'variance', 'check_not_current', 'variation_unsigned', 'award_paused'))
) STRICT, WITHOUT ROWID;

-- In an emergency one act lifts a rule for a fund until a day.
CREATE TABLE payment_rule_lift (
  id BLOB NOT NULL,
  rule_id BLOB NOT NULL,
  fund_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  lifted_on TEXT NOT NULL,
  lifted_until TEXT NOT NULL,
  lifted_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT payment_rule_lift_pkey PRIMARY KEY (id),
  CONSTRAINT payment_rule_lift_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES payment_rule (id),
  CONSTRAINT payment_rule_lift_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT payment_rule_lift_lifted_until_check CHECK (lifted_on <= lifted_until)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_rule_lift_rule_id ON payment_rule_lift (rule_id, fund_id);

-- Who may authorise how much, when an invoice is due, and how far apart equal payments are.
CREATE TABLE payment_policy (
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  invoice_days INTEGER NOT NULL,
  duplicate_days INTEGER NOT NULL,
  limits TEXT NOT NULL,
  CONSTRAINT payment_policy_pkey PRIMARY KEY (version)
) STRICT;
