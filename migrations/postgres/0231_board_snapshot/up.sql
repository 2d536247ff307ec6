-- A quarter as it was gathered for the board: its report as JSON, and the hash of that. Nothing of it is ever changed.
CREATE TABLE board_snapshot (
  id UUID NOT NULL CONSTRAINT board_snapshot_pkey PRIMARY KEY,
  recorded_at TIMESTAMPTZ NOT NULL,
  quarter TEXT NOT NULL,
  as_at DATE NOT NULL,
  known_at TIMESTAMPTZ NOT NULL,
  suppressed_count BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  report TEXT NOT NULL,
  made_on DATE NOT NULL,
  made_by_id UUID,
  made_by TEXT NOT NULL
);
CREATE INDEX board_snapshot_quarter_id ON board_snapshot (quarter, id);

-- That an officer signed its small numbers off: the board sees it from then on.
CREATE TABLE board_sign_off (
  snapshot_id UUID NOT NULL CONSTRAINT board_sign_off_pkey PRIMARY KEY CONSTRAINT board_sign_off_snapshot_id_fkey REFERENCES board_snapshot (id),
  recorded_at TIMESTAMPTZ NOT NULL,
  signed_off_on DATE NOT NULL,
  signed_off_by_id UUID,
  signed_off_by TEXT NOT NULL
);

CREATE FUNCTION board_snapshot_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'board snapshots are never changed'; END $$;
CREATE TRIGGER board_snapshot_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON board_snapshot FOR EACH STATEMENT EXECUTE FUNCTION board_snapshot_is_kept();
