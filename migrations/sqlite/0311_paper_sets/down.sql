ALTER TABLE return_freeze DROP COLUMN paper_set_sha256;
DROP TABLE paper_set_file;
DROP TABLE paper_file;
