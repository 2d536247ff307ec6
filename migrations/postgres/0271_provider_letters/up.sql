-- Letters that the office issued to providers, each issue once. A letter is never changed: the next one is another.
CREATE TABLE provider_letter (
  id UUID NOT NULL,
  provider_id UUID NOT NULL,
  reference TEXT NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL,
  issued_on DATE NOT NULL,
  reason TEXT NOT NULL,
  issued_by UUID,
  issued_by_name TEXT NOT NULL,
  CONSTRAINT provider_letter_pkey PRIMARY KEY (id),
  CONSTRAINT provider_letter_reference_key UNIQUE (reference),
  CONSTRAINT provider_letter_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id),
  CONSTRAINT provider_letter_kind_check CHECK (kind IN ('key_worker_status', 'other'))
);
CREATE INDEX provider_letter_provider_id ON provider_letter (provider_id, id);
