-- What a claim to a funder said when it was certified: its figures, as they left. Never changed; the hash is of their text.
CREATE TABLE funder_claim_figures (
  funder_claim_id BLOB NOT NULL CONSTRAINT funder_claim_figures_pkey PRIMARY KEY,
  recorded_at INTEGER NOT NULL,
  figures TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  CONSTRAINT funder_claim_figures_funder_claim_id_fkey FOREIGN KEY (funder_claim_id) REFERENCES funder_claim (id)
) STRICT, WITHOUT ROWID;

-- Whether a funder agreed to be told of very few people.
ALTER TABLE funding_source_version ADD COLUMN small_numbers_agreed INTEGER NOT NULL DEFAULT 0;
