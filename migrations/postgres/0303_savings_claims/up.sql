-- What a programme is said to save (R79), version by version.
CREATE TABLE savings_claim (
  id UUID NOT NULL CONSTRAINT savings_claim_pkey PRIMARY KEY,
  reference TEXT NOT NULL CONSTRAINT savings_claim_reference_key UNIQUE,
  programme_id UUID NOT NULL CONSTRAINT savings_claim_programme_id_fkey REFERENCES programme (id),
  version INTEGER NOT NULL CONSTRAINT savings_claim_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX savings_claim_programme_id ON savings_claim (programme_id, id);

CREATE TABLE savings_claim_version (
  savings_claim_id UUID NOT NULL CONSTRAINT savings_claim_version_savings_claim_id_fkey REFERENCES savings_claim (id),
  version INTEGER NOT NULL CONSTRAINT savings_claim_version_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  claimed_by TEXT NOT NULL,
  as_at DATE,
  cost_pence BIGINT CONSTRAINT savings_claim_version_cost_pence_check CHECK (cost_pence > 0),
  benefit_pence BIGINT CONSTRAINT savings_claim_version_benefit_pence_check CHECK (benefit_pence >= 0),
  printed_benefit_per_pound_thousandths BIGINT
    CONSTRAINT savings_claim_version_printed_benefit_per_pound_thousandths_check CHECK (printed_benefit_per_pound_thousandths >= 0),
  printed_order TEXT CONSTRAINT savings_claim_version_printed_order_check CHECK (printed_order IN ('benefit_first', 'cost_first')),
  method TEXT,
  base TEXT,
  comparator TEXT,
  figure_status TEXT NOT NULL CONSTRAINT savings_claim_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  evidence TEXT,
  note TEXT,
  CONSTRAINT savings_claim_version_pkey PRIMARY KEY (savings_claim_id, version)
);
