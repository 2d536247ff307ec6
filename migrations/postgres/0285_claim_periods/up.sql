-- For which periods a funder is claimed from; none where it sets none.
ALTER TABLE funding_source_version ADD COLUMN claim_period TEXT
  CONSTRAINT funding_source_version_claim_period_check CHECK (claim_period IN ('quarterly', 'half_yearly', 'yearly'));

-- Why the days of a claim are none of its funder's periods.
ALTER TABLE funder_claim_version ADD COLUMN days_reason TEXT;
