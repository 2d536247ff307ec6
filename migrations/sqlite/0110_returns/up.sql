-- Returns of awards: one for each period of the monitoring plan. Content is kept by number; a number is never changed once submitted.
CREATE TABLE quarterly_return (
  id BLOB NOT NULL CONSTRAINT quarterly_return_pkey PRIMARY KEY,
  award_id BLOB NOT NULL CONSTRAINT quarterly_return_award_id_fkey REFERENCES award (id),
  period TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT quarterly_return_award_id_period_key UNIQUE (award_id, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarterly_return_version (
  return_id BLOB NOT NULL CONSTRAINT quarterly_return_version_return_id_fkey REFERENCES quarterly_return (id),
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT quarterly_return_version_state_check
    CHECK (state IN ('open', 'draft', 'submitted', 'queried', 'resubmitted', 'accepted', 'fallen_away')),
  kind TEXT NOT NULL CONSTRAINT quarterly_return_version_kind_check CHECK (kind IN ('quarterly', 'half_yearly', 'end_of_grant', 'whole_period')),
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  provider_id BLOB CONSTRAINT quarterly_return_version_provider_id_fkey REFERENCES provider (id),
  content_no INTEGER NOT NULL,
  submitted_on TEXT,
  submitted_by TEXT,
  accepted_on TEXT,
  query TEXT,
  illustrative INTEGER NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT quarterly_return_version_pkey PRIMARY KEY (return_id, version),
  CONSTRAINT quarterly_return_version_ends_on_check CHECK (ends_on >= starts_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarterly_return_version_provider_id ON quarterly_return_version (provider_id, state);
CREATE INDEX quarterly_return_version_state ON quarterly_return_version (state, due_on);

CREATE TABLE return_content (
  return_id BLOB NOT NULL CONSTRAINT return_content_return_id_fkey REFERENCES quarterly_return (id),
  content_no INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  narrative TEXT,
  risks TEXT,
  CONSTRAINT return_content_pkey PRIMARY KEY (return_id, content_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE return_spend (
  return_id BLOB NOT NULL,
  content_no INTEGER NOT NULL,
  position INTEGER NOT NULL,
  category TEXT NOT NULL,
  amount_pence INTEGER NOT NULL CONSTRAINT return_spend_amount_pence_check CHECK (amount_pence >= 0),
  direct_activity INTEGER NOT NULL,
  spent_from TEXT,
  spent_to TEXT,
  note TEXT,
  CONSTRAINT return_spend_pkey PRIMARY KEY (return_id, content_no, position),
  CONSTRAINT return_spend_return_id_content_no_fkey FOREIGN KEY (return_id, content_no) REFERENCES return_content (return_id, content_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE return_value (
  return_id BLOB NOT NULL,
  content_no INTEGER NOT NULL,
  position INTEGER NOT NULL,
  indicator_id BLOB NOT NULL CONSTRAINT return_value_indicator_id_fkey REFERENCES indicator (id),
  area_id BLOB CONSTRAINT return_value_area_id_fkey REFERENCES area (id),
  status TEXT NOT NULL CONSTRAINT return_value_status_check CHECK (status IN ('reported', 'not_reported', 'not_applicable')),
  value_thousandths INTEGER,
  denominator_thousandths INTEGER,
  basis TEXT,
  CONSTRAINT return_value_pkey PRIMARY KEY (return_id, content_no, position),
  CONSTRAINT return_value_return_id_content_no_fkey FOREIGN KEY (return_id, content_no) REFERENCES return_content (return_id, content_no),
  CONSTRAINT return_value_value_thousandths_check CHECK ((status = 'reported') = (value_thousandths IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX return_value_indicator_id ON return_value (indicator_id);
