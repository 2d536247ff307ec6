ALTER TABLE year_end_journal_step DROP COLUMN missing_estimates;
ALTER TABLE year_end_stage DROP COLUMN missing_estimates;
