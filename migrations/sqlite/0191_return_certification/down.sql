ALTER TABLE return_policy DROP COLUMN self_certified_up_to_pence;
ALTER TABLE quarterly_return_version DROP COLUMN certified_by;
ALTER TABLE quarterly_return_version DROP COLUMN certified_on;
ALTER TABLE quarterly_return_version DROP COLUMN written_by;
ALTER TABLE quarterly_return_version DROP COLUMN author_id;
