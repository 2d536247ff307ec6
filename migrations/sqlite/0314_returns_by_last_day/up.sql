-- Returns of the periods that end in some days: a quarter of the grid, of a list, of the indicators, or the days of a claim.
CREATE INDEX quarterly_return_version_ends_on ON quarterly_return_version (ends_on, return_id);
