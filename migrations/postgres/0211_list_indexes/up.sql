-- The list of returns is in the order of the days on which they are due.
CREATE INDEX quarterly_return_version_due_on ON quarterly_return_version (due_on, return_id);
-- What was refused is little beside what was done. An index over both outcomes would be taken for a record's or a person's events too.
CREATE INDEX audit_event_refused_happened_at_id ON audit_event (happened_at, id) WHERE outcome = 'refused';
