DROP TABLE return_reminder;
DROP TABLE award_reminding;
DROP TABLE return_policy;
ALTER TABLE quarterly_return_version DROP COLUMN due_reason;
