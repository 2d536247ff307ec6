-- What was recorded between two moments, and what the log says of it.
CREATE INDEX audit_event_recorded_at ON audit_event (recorded_at);
CREATE INDEX award_version_recorded_at ON award_version (recorded_at);
CREATE INDEX quarterly_return_version_recorded_at ON quarterly_return_version (recorded_at);
