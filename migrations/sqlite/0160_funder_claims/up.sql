-- Funder claims: what the office claims from a funding source against a budget line. An identity row, whose version alone is ever
-- updated, and version rows that are only added.
CREATE TABLE funder_claim (
  id BLOB NOT NULL,
  reference TEXT NOT NULL,
  budget_line_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT funder_claim_pkey PRIMARY KEY (id),
  CONSTRAINT funder_claim_reference_key UNIQUE (reference),
  CONSTRAINT funder_claim_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT funder_claim_version_check CHECK (version >= 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX funder_claim_budget_line_id ON funder_claim (budget_line_id, id);

CREATE TABLE funder_claim_version (
  funder_claim_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by BLOB,
  state TEXT NOT NULL,
  amount_pence INTEGER NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  note TEXT,
  statement TEXT,
  certified_on TEXT,
  certified_by BLOB,
  certified_by_name TEXT,
  reason TEXT,
  illustrative INTEGER NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT funder_claim_version_pkey PRIMARY KEY (funder_claim_id, version),
  CONSTRAINT funder_claim_version_funder_claim_id_fkey FOREIGN KEY (funder_claim_id) REFERENCES funder_claim (id),
  CONSTRAINT funder_claim_version_state_check CHECK (state IN ('draft', 'certified', 'partly_received', 'received', 'withdrawn')),
  CONSTRAINT funder_claim_version_amount_pence_check CHECK (amount_pence > 0),
  CONSTRAINT funder_claim_version_ends_on_check CHECK (starts_on <= ends_on),
  CONSTRAINT funder_claim_version_certified_on_check CHECK ((statement IS NULL) = (certified_on IS NULL) AND (statement IS NULL) = (certified_by_name IS NULL))
) STRICT, WITHOUT ROWID;

-- Money that came for a claim, at most one receipt a version: a version has those of the versions up to its own.
CREATE TABLE funder_claim_receipt (
  funder_claim_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by BLOB,
  recorded_by_name TEXT NOT NULL,
  amount_pence INTEGER NOT NULL,
  received_on TEXT NOT NULL,
  reference TEXT NOT NULL,
  CONSTRAINT funder_claim_receipt_pkey PRIMARY KEY (funder_claim_id, version),
  CONSTRAINT funder_claim_receipt_version_fkey FOREIGN KEY (funder_claim_id, version) REFERENCES funder_claim_version (funder_claim_id, version),
  CONSTRAINT funder_claim_receipt_amount_pence_check CHECK (amount_pence > 0)
) STRICT, WITHOUT ROWID;
