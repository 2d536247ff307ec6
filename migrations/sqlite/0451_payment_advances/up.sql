-- Payments of many awards that somebody asks to be paid earlier: what is asked for is JSON; nothing comes forward before somebody else approves it.
CREATE TABLE payment_advance (
  id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  asked TEXT NOT NULL,
  reason TEXT NOT NULL,
  payments_count INTEGER NOT NULL,
  amount_pence INTEGER NOT NULL,
  asked_on TEXT NOT NULL,
  asked_by_id BLOB,
  asked_by TEXT NOT NULL,
  decided_on TEXT,
  decided_by_id BLOB,
  decided_by TEXT,
  note TEXT,
  CONSTRAINT payment_advance_pkey PRIMARY KEY (id),
  CONSTRAINT payment_advance_state_check CHECK (state IN ('asked', 'approved', 'withdrawn')),
  CONSTRAINT payment_advance_decided_check CHECK ((state = 'asked') = (decided_on IS NULL))
) STRICT, WITHOUT ROWID;
