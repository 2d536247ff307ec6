-- What a return was when the office accepted it: one hash over the hashes of its parts. A part that was redacted has lost its salt, so that
-- nobody can guess from its hash what it said.
CREATE TABLE return_freeze (
  return_id UUID NOT NULL CONSTRAINT return_freeze_pkey PRIMARY KEY CONSTRAINT return_freeze_return_id_fkey REFERENCES quarterly_return (id),
  content_no INTEGER NOT NULL,
  frozen_at TIMESTAMPTZ NOT NULL,
  sha256 TEXT NOT NULL,
  context TEXT NOT NULL,
  parts TEXT NOT NULL
);
