-- Money asked back from a provider: an identity row, whose version alone is ever updated, and version rows that are only added.
CREATE TABLE recovery (
  id UUID NOT NULL,
  award_id UUID NOT NULL,
  provider_id UUID NOT NULL,
  reference TEXT NOT NULL,
  number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT recovery_pkey PRIMARY KEY (id),
  CONSTRAINT recovery_reference_key UNIQUE (reference),
  CONSTRAINT recovery_number_key UNIQUE (award_id, number),
  CONSTRAINT recovery_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT recovery_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id)
);
CREATE INDEX recovery_provider_id ON recovery (provider_id, id);

CREATE TABLE recovery_version (
  recovery_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  state TEXT NOT NULL,
  ground TEXT NOT NULL,
  reason TEXT NOT NULL,
  amount_pence BIGINT NOT NULL,
  received_pence BIGINT NOT NULL,
  requested_on DATE NOT NULL,
  due_on DATE NOT NULL,
  requested_by UUID,
  requested_by_name TEXT NOT NULL,
  ended_on DATE,
  ended_by_name TEXT,
  ended_reason TEXT,
  CONSTRAINT recovery_version_pkey PRIMARY KEY (recovery_id, version),
  CONSTRAINT recovery_version_recovery_id_fkey FOREIGN KEY (recovery_id) REFERENCES recovery (id),
  CONSTRAINT recovery_version_state_check CHECK (state IN ('requested', 'received', 'written_off', 'withdrawn')),
  CONSTRAINT recovery_version_ground_check CHECK (ground IN ('overpayment', 'unspent', 'not_eligible')),
  CONSTRAINT recovery_version_amount_pence_check CHECK (amount_pence > 0),
  CONSTRAINT recovery_version_received_pence_check CHECK (received_pence BETWEEN 0 AND amount_pence)
);
CREATE INDEX recovery_version_due_on ON recovery_version (due_on, recovery_id);

-- What came of it, and to which budget lines it went back. Never changed.
CREATE TABLE recovery_receipt (
  recovery_id UUID NOT NULL,
  number INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  received_on DATE NOT NULL,
  amount_pence BIGINT NOT NULL,
  bank_reference TEXT NOT NULL,
  noted_by TEXT NOT NULL,
  CONSTRAINT recovery_receipt_pkey PRIMARY KEY (recovery_id, number),
  CONSTRAINT recovery_receipt_recovery_id_fkey FOREIGN KEY (recovery_id) REFERENCES recovery (id),
  CONSTRAINT recovery_receipt_amount_pence_check CHECK (amount_pence > 0)
);

CREATE TABLE recovery_part (
  recovery_id UUID NOT NULL,
  number INTEGER NOT NULL,
  budget_line_id UUID NOT NULL,
  amount_pence BIGINT NOT NULL,
  CONSTRAINT recovery_part_pkey PRIMARY KEY (recovery_id, number, budget_line_id),
  CONSTRAINT recovery_part_recovery_id_fkey FOREIGN KEY (recovery_id, number) REFERENCES recovery_receipt (recovery_id, number),
  CONSTRAINT recovery_part_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT recovery_part_amount_pence_check CHECK (amount_pence > 0)
);
