-- Letters that the office issued to providers, each issue once. A letter is never changed: the next one is another.
CREATE TABLE provider_letter (
  id BLOB NOT NULL,
  provider_id BLOB NOT NULL,
  reference TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  issued_on TEXT NOT NULL,
  reason TEXT NOT NULL,
  issued_by BLOB,
  issued_by_name TEXT NOT NULL,
  CONSTRAINT provider_letter_pkey PRIMARY KEY (id),
  CONSTRAINT provider_letter_reference_key UNIQUE (reference),
  CONSTRAINT provider_letter_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id),
  CONSTRAINT provider_letter_kind_check CHECK (kind IN ('key_worker_status', 'other'))
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_letter_provider_id ON provider_letter (provider_id, id);
