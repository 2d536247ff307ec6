-- Movements of money are never changed: the triggers hold that against our own mistakes, as those of the audit log do.
CREATE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ledger movements are never changed'; END $$;
CREATE TRIGGER ledger_transfer_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept();

-- Holds a row where the demo made this database. Without it the demo leaves a database alone in which anything was done.
CREATE TABLE demo_mark (
  id INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT demo_mark_pkey PRIMARY KEY (id),
  CONSTRAINT demo_mark_id_check CHECK (id = 1)
);
