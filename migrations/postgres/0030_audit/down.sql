DROP TABLE audit_seal;
DROP TABLE audit_event;
DROP FUNCTION audit_is_kept();
