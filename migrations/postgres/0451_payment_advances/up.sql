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

-- The payments that would come forward when it was asked for; those and no others do when it is approved.
CREATE TABLE payment_advance_payment (
  advance_id UUID NOT NULL,
  payment_id UUID NOT NULL,
  amount_pence BIGINT NOT NULL,
  due_on DATE NOT NULL,
  CONSTRAINT payment_advance_payment_pkey PRIMARY KEY (advance_id, payment_id),
  CONSTRAINT payment_advance_payment_advance_id_fkey FOREIGN KEY (advance_id) REFERENCES payment_advance (id),
  CONSTRAINT payment_advance_payment_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment (id)
);
CREATE INDEX payment_advance_payment_payment_id ON payment_advance_payment (payment_id, advance_id);
