DROP TABLE meeting_action;
DROP TABLE meeting_version;
DROP TABLE meeting;
