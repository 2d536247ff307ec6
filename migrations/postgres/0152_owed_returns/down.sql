ALTER TABLE quarterly_return_version DROP COLUMN is_owed;
