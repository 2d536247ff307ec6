ALTER TABLE return_release DROP COLUMN content_no;
