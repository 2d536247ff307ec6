-- Where personal data was taken out of a return: never what it was.
CREATE TABLE return_redaction (
  id BLOB NOT NULL CONSTRAINT return_redaction_pkey PRIMARY KEY,
  return_id BLOB NOT NULL CONSTRAINT return_redaction_return_id_fkey REFERENCES quarterly_return (id),
  recorded_at INTEGER NOT NULL,
  redacted_on TEXT NOT NULL,
  made_by TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX return_redaction_return_id_id ON return_redaction (return_id, id);

-- A place is a text of a content, a question with its answer, or a file. What a content is without the text shows that nothing else changed.
CREATE TABLE return_redaction_place (
  redaction_id BLOB NOT NULL CONSTRAINT return_redaction_place_redaction_id_fkey REFERENCES return_redaction (id),
  position INTEGER NOT NULL,
  content_no INTEGER,
  pointer TEXT,
  content_sha256 TEXT,
  query_id BLOB CONSTRAINT return_redaction_place_query_id_fkey REFERENCES return_query (id),
  document_id BLOB CONSTRAINT return_redaction_place_document_id_fkey REFERENCES document (id),
  CONSTRAINT return_redaction_place_pkey PRIMARY KEY (redaction_id, position)
) STRICT, WITHOUT ROWID;

-- When the bytes of a file were taken away for good.
ALTER TABLE document ADD COLUMN redacted_on TEXT;
