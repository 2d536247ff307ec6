ALTER TABLE indicator_version DROP COLUMN subset_of_id;
