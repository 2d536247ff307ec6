-- Which texts of an accepted return may leave the office: each row says all of it from then on.
CREATE TABLE return_release (
  return_id BLOB NOT NULL CONSTRAINT return_release_return_id_fkey REFERENCES quarterly_return (id),
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  released_by TEXT NOT NULL,
  narrative INTEGER NOT NULL,
  risks INTEGER NOT NULL,
  case_study INTEGER NOT NULL,
  CONSTRAINT return_release_pkey PRIMARY KEY (return_id, version)
) STRICT, WITHOUT ROWID;
