-- Which texts of an accepted return may leave the office: each row says all of it from then on.
CREATE TABLE return_release (
  return_id UUID NOT NULL CONSTRAINT return_release_return_id_fkey REFERENCES quarterly_return (id),
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  released_by TEXT NOT NULL,
  narrative BOOLEAN NOT NULL,
  risks BOOLEAN NOT NULL,
  case_study BOOLEAN NOT NULL,
  CONSTRAINT return_release_pkey PRIMARY KEY (return_id, version)
);
