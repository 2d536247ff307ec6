DROP TABLE funder_claim_receipt;
DROP TABLE funder_claim_version;
DROP TABLE funder_claim;
