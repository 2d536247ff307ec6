ALTER TABLE funder_claim_version DROP COLUMN outstanding_reason;
ALTER TABLE funder_claim_version DROP COLUMN outstanding_returns;
