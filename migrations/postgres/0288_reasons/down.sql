ALTER TABLE return_redaction_place DROP COLUMN is_evidence;
ALTER TABLE return_redaction_place DROP COLUMN adjustment_id;
ALTER TABLE return_redaction_place DROP COLUMN reason_version;
ALTER TABLE quarterly_return_version DROP COLUMN reason;
