-- Files with the returns of an office's past: each is one import, which can be taken back as one. Nothing of it is ever changed.
CREATE TABLE return_import (
  id BLOB NOT NULL CONSTRAINT return_import_pkey PRIMARY KEY,
  recorded_at INTEGER NOT NULL,
  imported_on TEXT NOT NULL,
  imported_by TEXT NOT NULL,
  file_name TEXT,
  file_sha256 TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  return_count INTEGER NOT NULL,
  warning_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The returns that an import wrote, each with the version that it made.
CREATE TABLE return_import_item (
  import_id BLOB NOT NULL CONSTRAINT return_import_item_import_id_fkey REFERENCES return_import (id),
  position INTEGER NOT NULL,
  return_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  value_count INTEGER NOT NULL,
  spend_pence INTEGER,
  CONSTRAINT return_import_item_pkey PRIMARY KEY (import_id, position),
  CONSTRAINT return_import_item_return_id_version_fkey FOREIGN KEY (return_id, version) REFERENCES quarterly_return_version (return_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX return_import_item_return_id ON return_import_item (return_id, version);

-- Imports that were taken back.
CREATE TABLE return_import_reversal (
  import_id BLOB NOT NULL CONSTRAINT return_import_reversal_import_id_fkey REFERENCES return_import (id),
  recorded_at INTEGER NOT NULL,
  reversed_on TEXT NOT NULL,
  reversed_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT return_import_reversal_pkey PRIMARY KEY (import_id)
) STRICT, WITHOUT ROWID;
