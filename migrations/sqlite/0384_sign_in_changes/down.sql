DROP TABLE sign_in_change;
