-- Which days the numbers of an indicator are for; none: it follows from how its values become one, as before.
ALTER TABLE indicator_version ADD COLUMN asks_for TEXT CONSTRAINT indicator_version_asks_for_check CHECK (asks_for IN ('period', 'year_to_date', 'from_beginning', 'at_the_end'));
-- Whether people under 18 are among those counted, and which groups are of them.
ALTER TABLE indicator_version ADD COLUMN counts_under_18 BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE indicator_group ADD COLUMN is_under_18 BOOLEAN NOT NULL DEFAULT FALSE;
