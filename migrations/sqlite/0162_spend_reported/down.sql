ALTER TABLE return_content DROP COLUMN is_spend_reported;
