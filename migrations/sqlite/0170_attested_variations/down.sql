ALTER TABLE variation_version DROP COLUMN living_wage_attested_on;
