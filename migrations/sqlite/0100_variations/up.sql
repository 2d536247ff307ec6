-- Variations: agreed changes to awards. `change`, `before` and `after` are JSON texts, kept as they were written.
CREATE TABLE variation (
  id BLOB NOT NULL CONSTRAINT variation_pkey PRIMARY KEY,
  award_id BLOB NOT NULL CONSTRAINT variation_award_id_fkey REFERENCES award (id),
  reference TEXT NOT NULL CONSTRAINT variation_reference_key UNIQUE,
  number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT variation_award_id_number_key UNIQUE (award_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE variation_version (
  variation_id BLOB NOT NULL CONSTRAINT variation_version_variation_id_fkey REFERENCES variation (id),
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT variation_version_state_check CHECK (state IN ('draft', 'issued', 'accepted', 'applied', 'refused', 'lapsed', 'withdrawn')),
  group_name TEXT,
  change_pence INTEGER NOT NULL,
  change TEXT NOT NULL,
  before TEXT,
  after TEXT,
  terms_no INTEGER,
  issued_on TEXT,
  answer_due_on TEXT,
  answered_on TEXT,
  answered_by TEXT,
  applied_on TEXT,
  note TEXT,
  illustrative INTEGER NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT variation_version_pkey PRIMARY KEY (variation_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX variation_version_group_name ON variation_version (group_name);
CREATE INDEX variation_version_answer_due_on ON variation_version (answer_due_on) WHERE state = 'issued';
