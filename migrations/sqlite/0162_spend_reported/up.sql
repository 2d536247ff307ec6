-- Whether a return says what was spent: a list without lines says that nothing was, and no list says nothing.
ALTER TABLE return_content ADD COLUMN is_spend_reported INTEGER NOT NULL DEFAULT 0;
UPDATE return_content SET is_spend_reported = 1 WHERE EXISTS (
  SELECT 1 FROM return_spend
  WHERE return_spend.return_id = return_content.return_id AND return_spend.content_no = return_content.content_no
);
