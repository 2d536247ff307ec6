-- Movements of money are never changed: the triggers hold that against our own mistakes, as those of the audit log do.
CREATE TRIGGER ledger_transfer_is_kept_on_update BEFORE UPDATE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger movements are never changed'); END;
CREATE TRIGGER ledger_transfer_is_kept_on_delete BEFORE DELETE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger movements are never changed'); END;

-- Holds a row where the demo made this database. Without it the demo leaves a database alone in which anything was done.
CREATE TABLE demo_mark (
  id INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT demo_mark_pkey PRIMARY KEY (id),
  CONSTRAINT demo_mark_id_check CHECK (id = 1)
) STRICT;
