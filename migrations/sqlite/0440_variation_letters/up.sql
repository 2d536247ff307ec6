-- The letters of each variation that was issued: what one says and whom it goes to, fixed on the day of issue, and the file once it is made. Each
-- is made once; a variation that is issued again on other figures has another.
CREATE TABLE variation_letter (
  variation_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  provider_id BLOB,
  template TEXT NOT NULL,
  sheet TEXT NOT NULL,
  document_id BLOB,
  sha256 TEXT,
  size_bytes INTEGER,
  pages INTEGER,
  made_at INTEGER,
  CONSTRAINT variation_letter_pkey PRIMARY KEY (variation_id, number),
  CONSTRAINT variation_letter_variation_id_fkey FOREIGN KEY (variation_id) REFERENCES variation (id),
  CONSTRAINT variation_letter_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id),
  CONSTRAINT variation_letter_document_id_fkey FOREIGN KEY (document_id) REFERENCES document (id),
  CONSTRAINT variation_letter_made_check CHECK (
    (document_id IS NULL) = (sha256 IS NULL) AND (document_id IS NULL) = (size_bytes IS NULL) AND (document_id IS NULL) = (pages IS NULL)
    AND (document_id IS NULL) = (made_at IS NULL)
  )
) STRICT;
CREATE INDEX variation_letter_waiting ON variation_letter (variation_id, number) WHERE document_id IS NULL;
