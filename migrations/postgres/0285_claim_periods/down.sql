ALTER TABLE funder_claim_version DROP COLUMN days_reason;
ALTER TABLE funding_source_version DROP COLUMN claim_period;
