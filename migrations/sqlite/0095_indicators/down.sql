DROP TABLE indicator_lock;
DROP TABLE indicator_target;
DROP TABLE indicator_framework_code;
DROP TABLE indicator_award;
DROP TABLE indicator_version;
DROP TABLE indicator;
