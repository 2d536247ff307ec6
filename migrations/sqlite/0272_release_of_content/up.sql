-- A release is of what was written under one number; no content has number 0. What takes its place, after an import was taken back, was
-- never released.
ALTER TABLE return_release ADD COLUMN content_no INTEGER NOT NULL DEFAULT 0;
UPDATE return_release SET content_no = coalesce((SELECT held.content_no FROM quarterly_return_version AS held
  WHERE held.return_id = return_release.return_id AND held.recorded_at <= return_release.recorded_at
  ORDER BY held.version DESC LIMIT 1), 0);
