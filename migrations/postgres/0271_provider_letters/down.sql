DROP TABLE provider_letter;
