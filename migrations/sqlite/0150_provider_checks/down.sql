DROP TABLE provider_check;
