DROP TABLE recovery_part;
DROP TABLE recovery_receipt;
DROP TABLE recovery_version;
DROP TABLE recovery;
