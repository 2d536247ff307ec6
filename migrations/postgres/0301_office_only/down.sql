ALTER TABLE document DROP COLUMN office_only;
