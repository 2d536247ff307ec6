-- A quarter as it was gathered for the board: its report as JSON, and the hash of that. Nothing of it is ever changed.
CREATE TABLE board_snapshot (
  id BLOB NOT NULL CONSTRAINT board_snapshot_pkey PRIMARY KEY,
  recorded_at INTEGER NOT NULL,
  quarter TEXT NOT NULL,
  as_at TEXT NOT NULL,
  known_at INTEGER NOT NULL,
  suppressed_count INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  report TEXT NOT NULL,
  made_on TEXT NOT NULL,
  made_by_id BLOB,
  made_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX board_snapshot_quarter_id ON board_snapshot (quarter, id);

-- That an officer signed its small numbers off: the board sees it from then on.
CREATE TABLE board_sign_off (
  snapshot_id BLOB NOT NULL CONSTRAINT board_sign_off_pkey PRIMARY KEY CONSTRAINT board_sign_off_snapshot_id_fkey REFERENCES board_snapshot (id),
  recorded_at INTEGER NOT NULL,
  signed_off_on TEXT NOT NULL,
  signed_off_by_id BLOB,
  signed_off_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER board_snapshot_is_kept_on_update BEFORE UPDATE ON board_snapshot BEGIN SELECT RAISE(ABORT, 'board snapshots are never changed'); END;
CREATE TRIGGER board_snapshot_is_kept_on_delete BEFORE DELETE ON board_snapshot BEGIN SELECT RAISE(ABORT, 'board snapshots are never changed'); END;
