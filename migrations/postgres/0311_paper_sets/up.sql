-- Files that papers were set from, each kept once.
CREATE TABLE paper_file (
  sha256 TEXT NOT NULL,
  bytes BYTEA NOT NULL,
  CONSTRAINT paper_file_pkey PRIMARY KEY (sha256)
);
-- The files of one arrangement of them, by name.
CREATE TABLE paper_set_file (
  set_sha256 TEXT NOT NULL,
  name TEXT NOT NULL,
  file_sha256 TEXT NOT NULL CONSTRAINT paper_set_file_file_sha256_fkey REFERENCES paper_file (sha256),
  CONSTRAINT paper_set_file_pkey PRIMARY KEY (set_sha256, name)
);
-- From which of them the paper of an accepted return is set; none: from those of the day on which it is asked for.
ALTER TABLE return_freeze ADD COLUMN paper_set_sha256 TEXT;
