ALTER TABLE document DROP COLUMN removed_at;
