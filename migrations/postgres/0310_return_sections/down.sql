ALTER TABLE return_release DROP COLUMN sections;
ALTER TABLE return_content DROP COLUMN sections;
DROP TABLE return_section_set;
