-- Why the office opened a return again or gave more time: beside the version, since the log is never changed and personal data may have to go.
ALTER TABLE quarterly_return_version ADD COLUMN reason TEXT;
UPDATE quarterly_return_version SET reason = due_reason
WHERE due_reason IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM quarterly_return_version AS earlier
  WHERE earlier.return_id = quarterly_return_version.return_id AND earlier.version = quarterly_return_version.version - 1
    AND earlier.due_reason = quarterly_return_version.due_reason AND earlier.due_on = quarterly_return_version.due_on
);

-- Further places from which personal data was taken: the reason of a version, of an adjustment, and where an imported return is from.
ALTER TABLE return_redaction_place ADD COLUMN reason_version INTEGER;
ALTER TABLE return_redaction_place ADD COLUMN adjustment_id BLOB
  CONSTRAINT return_redaction_place_adjustment_id_fkey REFERENCES return_adjustment (id);
ALTER TABLE return_redaction_place ADD COLUMN is_evidence INTEGER NOT NULL DEFAULT 0;
