ALTER TABLE return_policy DROP COLUMN short_form_up_to_pence;
ALTER TABLE return_policy DROP COLUMN profile_tolerance_percent;
ALTER TABLE return_adjustment_value DROP COLUMN group_name;
ALTER TABLE return_value DROP COLUMN group_name;
DROP TABLE indicator_group;
ALTER TABLE indicator_version DROP COLUMN succeeds_id;
ALTER TABLE indicator_version DROP COLUMN adds_over_groups;
ALTER TABLE indicator_version DROP COLUMN broken_down_by;
