DROP TABLE savings_claim_version;
DROP TABLE savings_claim;
