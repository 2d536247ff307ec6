-- Payments of many awards that somebody asks to be paid earlier: what is asked for is JSON; nothing comes forward before somebody else approves it.
CREATE TABLE payment_advance (
  id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL,
  asked TEXT NOT NULL,
  reason TEXT NOT NULL,
  payments_count INTEGER NOT NULL,
  amount_pence BIGINT NOT NULL,
  asked_on DATE NOT NULL,
  asked_by_id UUID,
  asked_by TEXT NOT NULL,
  decided_on DATE,
  decided_by_id UUID,
  decided_by TEXT,
  note TEXT,
  CONSTRAINT payment_advance_pkey PRIMARY KEY (id),
  CONSTRAINT payment_advance_state_check CHECK (state IN ('asked', 'approved', 'withdrawn')),
  CONSTRAINT payment_advance_decided_check CHECK ((state = 'asked') = (decided_on IS NULL))
);
