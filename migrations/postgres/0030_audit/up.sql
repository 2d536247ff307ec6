-- What happened, by whom, when. Written once, in the transaction of the act, and never changed: the triggers hold that against
-- our own mistakes, and the chain of seals shows it against anybody else's hand.
CREATE TABLE audit_event (
  id UUID NOT NULL CONSTRAINT audit_event_pkey PRIMARY KEY,
  recorded_at TIMESTAMPTZ NOT NULL,
  happened_at TIMESTAMPTZ NOT NULL,
  act TEXT NOT NULL,
  actor_kind TEXT NOT NULL CONSTRAINT audit_event_actor_kind_check CHECK (actor_kind IN ('user', 'service_client', 'system')),
  actor_id UUID,
  actor_name TEXT NOT NULL,
  provider_id UUID,
  request_id TEXT NOT NULL,
  record_kind TEXT,
  record_id UUID,
  outcome TEXT NOT NULL CONSTRAINT audit_event_outcome_check CHECK (outcome IN ('done', 'refused')),
  refusal_code TEXT,
  refusal_detail TEXT,
  reason TEXT,
  before_json TEXT,
  after_json TEXT,
  CONSTRAINT audit_event_refusal_check CHECK ((outcome = 'refused') = (refusal_code IS NOT NULL))
);
CREATE INDEX audit_event_happened_at_id ON audit_event (happened_at, id);
CREATE INDEX audit_event_record_id_happened_at_id ON audit_event (record_id, happened_at, id);
CREATE INDEX audit_event_actor_id_happened_at_id ON audit_event (actor_id, happened_at, id);
CREATE INDEX audit_event_act_happened_at_id ON audit_event (act, happened_at, id);

-- One link for each event, made moments after its commit: hash = SHA-256 over the hash before, the place and the event.
CREATE TABLE audit_seal (
  sequence BIGINT NOT NULL CONSTRAINT audit_seal_pkey PRIMARY KEY,
  event_id UUID NOT NULL CONSTRAINT audit_seal_event_id_fkey REFERENCES audit_event (id),
  sealed_at TIMESTAMPTZ NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT audit_seal_event_id_key UNIQUE (event_id)
);

CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit events and seals are never changed'; END $$;
CREATE TRIGGER audit_event_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_seal_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();
