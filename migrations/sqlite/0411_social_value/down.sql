ALTER TABLE indicator_version DROP COLUMN is_social_value;
