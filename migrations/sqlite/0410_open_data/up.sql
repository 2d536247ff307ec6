-- What an office publishes of its awards for everybody: by which name and licence, what it adds to an award, notices of decisions, and what is redacted.
-- Nothing here is ever changed: each change adds a row.
CREATE TABLE open_data_policy (
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  publisher_name TEXT,
  organisation_id TEXT,
  grant_prefix TEXT,
  licence_url TEXT,
  site_url TEXT,
  CONSTRAINT open_data_policy_pkey PRIMARY KEY (version)
) STRICT;

CREATE TABLE award_publication (
  award_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  purpose TEXT,
  reasons TEXT,
  value_for_money_reasons TEXT,
  contract_document_id BLOB,
  from_open_call INTEGER,
  CONSTRAINT award_publication_pkey PRIMARY KEY (award_id, version),
  CONSTRAINT award_publication_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT award_publication_contract_document_id_fkey FOREIGN KEY (contract_document_id) REFERENCES document (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision_notice (
  id BLOB NOT NULL,
  reference TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT decision_notice_pkey PRIMARY KEY (id),
  CONSTRAINT decision_notice_reference_key UNIQUE (reference)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision_notice_version (
  notice_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  award_id BLOB NOT NULL,
  variation_id BLOB,
  title TEXT NOT NULL,
  decision TEXT NOT NULL,
  reasons TEXT NOT NULL,
  approver TEXT NOT NULL,
  decided_on TEXT NOT NULL,
  is_public INTEGER NOT NULL,
  written_by_id BLOB,
  written_by TEXT NOT NULL,
  published_on TEXT,
  published_by TEXT,
  withdrawn_on TEXT,
  withdrawn_by TEXT,
  withdrawn_reason TEXT,
  CONSTRAINT decision_notice_version_pkey PRIMARY KEY (notice_id, version),
  CONSTRAINT decision_notice_version_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES decision_notice (id),
  CONSTRAINT decision_notice_version_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT decision_notice_version_variation_id_fkey FOREIGN KEY (variation_id) REFERENCES variation (id),
  CONSTRAINT decision_notice_version_state_check CHECK (state IN ('draft', 'published', 'withdrawn'))
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_notice_version_award_id ON decision_notice_version (award_id, notice_id);

CREATE TABLE redaction (
  id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  record_kind TEXT NOT NULL,
  record_id BLOB NOT NULL,
  field TEXT NOT NULL,
  reason TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  redacted_by_id BLOB,
  redacted_by TEXT NOT NULL,
  CONSTRAINT redaction_pkey PRIMARY KEY (id),
  CONSTRAINT redaction_record_kind_check CHECK (record_kind IN ('award', 'provider', 'decision_notice'))
) STRICT, WITHOUT ROWID;
CREATE INDEX redaction_record_id ON redaction (record_id, field);

CREATE TABLE redaction_lift (
  redaction_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  lifted_on TEXT NOT NULL,
  lifted_by_id BLOB,
  lifted_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT redaction_lift_pkey PRIMARY KEY (redaction_id),
  CONSTRAINT redaction_lift_redaction_id_fkey FOREIGN KEY (redaction_id) REFERENCES redaction (id)
) STRICT, WITHOUT ROWID;
-- What was paid in a month.
CREATE INDEX payment_version_paid_on ON payment_version (paid_on, payment_id);
