-- Files attached to records. The bytes lie in a folder under their SHA-256; a row comes after its bytes.
CREATE TABLE document (
  id BLOB NOT NULL CONSTRAINT document_pkey PRIMARY KEY,
  recorded_at INTEGER NOT NULL,
  record_kind TEXT NOT NULL,
  record_id BLOB NOT NULL,
  provider_id BLOB,
  file_name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL CONSTRAINT document_size_bytes_check CHECK (size_bytes > 0),
  sha256 TEXT NOT NULL,
  uploaded_by_kind TEXT NOT NULL CONSTRAINT document_uploaded_by_kind_check CHECK (uploaded_by_kind IN ('user', 'service_client', 'system')),
  uploaded_by_id BLOB,
  uploaded_by_name TEXT NOT NULL
) STRICT;
CREATE INDEX document_record_id_id ON document (record_id, id);
CREATE INDEX document_sha256 ON document (sha256);
