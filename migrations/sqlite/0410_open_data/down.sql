DROP INDEX payment_version_paid_on;
DROP TABLE redaction_lift;
DROP TABLE redaction;
DROP TABLE decision_notice_version;
DROP TABLE decision_notice;
DROP TABLE award_publication;
DROP TABLE open_data_policy;
