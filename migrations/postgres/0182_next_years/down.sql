DROP INDEX award_terms_succeeds;
ALTER TABLE award_terms DROP COLUMN succeeds;
