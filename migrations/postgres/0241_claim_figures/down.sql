ALTER TABLE funding_source_version DROP COLUMN small_numbers_agreed;
DROP TABLE funder_claim_figures;
