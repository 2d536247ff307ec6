ALTER TABLE return_policy DROP COLUMN send_again_working_days;
DROP INDEX quarterly_return_version_send_again_by;
ALTER TABLE quarterly_return_version DROP COLUMN send_again_by;
