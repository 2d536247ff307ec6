ALTER TABLE document DROP COLUMN redacted_on;
DROP TABLE return_redaction_place;
DROP TABLE return_redaction;
