-- When a provider that accepts a variation says that it pays the National Living Wage (R65).
ALTER TABLE variation_version ADD COLUMN living_wage_attested_on DATE;
