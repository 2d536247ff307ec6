-- The day by which a return should be sent again, after a question or after it was opened again; empty where it does not wait for that.
ALTER TABLE quarterly_return_version ADD COLUMN send_again_by DATE;
CREATE INDEX quarterly_return_version_send_again_by ON quarterly_return_version (send_again_by) WHERE send_again_by IS NOT NULL;
-- How many working days that is, where whoever asks says nothing else.
ALTER TABLE return_policy ADD COLUMN send_again_working_days INTEGER NOT NULL DEFAULT 10 CONSTRAINT return_policy_send_again_working_days_check CHECK (send_again_working_days BETWEEN 1 AND 120);
