DROP TABLE return_value;
DROP TABLE return_spend;
DROP TABLE return_content;
DROP TABLE quarterly_return_version;
DROP TABLE quarterly_return;
