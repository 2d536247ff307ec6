-- Below which count people are too few to be shown outside the office; without a row, what the service has built in.
CREATE TABLE publication_policy (
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  small_below INTEGER NOT NULL,
  CONSTRAINT publication_policy_pkey PRIMARY KEY (version),
  CONSTRAINT publication_policy_small_below_check CHECK (small_below BETWEEN 3 AND 100)
);
