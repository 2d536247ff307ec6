-- The award whose agreement another one goes on with in a later agreement year (R08).
ALTER TABLE award_terms ADD COLUMN succeeds BLOB CONSTRAINT award_terms_succeeds_fkey REFERENCES award (id);
CREATE INDEX award_terms_succeeds ON award_terms (succeeds);
