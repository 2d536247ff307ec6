-- Whether an indicator counts social value (R64): its targets are what was promised of it, its values what was delivered.
ALTER TABLE indicator_version ADD COLUMN is_social_value BOOLEAN NOT NULL DEFAULT FALSE;
