-- How many returns of a claim's days were not accepted when it was certified all the same, and why it was; empty where there was none.
ALTER TABLE funder_claim_version ADD COLUMN outstanding_returns BIGINT CONSTRAINT funder_claim_version_outstanding_returns_check CHECK (outstanding_returns > 0);
ALTER TABLE funder_claim_version ADD COLUMN outstanding_reason TEXT;
