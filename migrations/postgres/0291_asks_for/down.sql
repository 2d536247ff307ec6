ALTER TABLE indicator_group DROP COLUMN is_under_18;
ALTER TABLE indicator_version DROP COLUMN counts_under_18;
ALTER TABLE indicator_version DROP COLUMN asks_for;
