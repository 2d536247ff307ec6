-- Awards whose estimate was missing when a journal was approved or a year closed, as whoever did it was told and accepted: a JSON list of ids.
ALTER TABLE year_end_stage ADD COLUMN missing_estimates TEXT NOT NULL DEFAULT '[]';
ALTER TABLE year_end_journal_step ADD COLUMN missing_estimates TEXT NOT NULL DEFAULT '[]';
