ALTER TABLE return_explanation DROP COLUMN stood;
ALTER TABLE return_explanation DROP COLUMN query_id;
ALTER TABLE return_explanation DROP COLUMN group_name;
ALTER TABLE return_explanation DROP COLUMN area_id;
ALTER TABLE return_explanation DROP COLUMN indicator_id;
