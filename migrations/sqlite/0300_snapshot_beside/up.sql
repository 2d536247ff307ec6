-- Beside which snapshots of its year one was held, as its report says too: a list asks this without reading any report.
CREATE TABLE board_snapshot_beside (
  snapshot_id BLOB NOT NULL CONSTRAINT board_snapshot_beside_snapshot_id_fkey REFERENCES board_snapshot (id),
  beside_id BLOB NOT NULL CONSTRAINT board_snapshot_beside_beside_id_fkey REFERENCES board_snapshot (id),
  CONSTRAINT board_snapshot_beside_pkey PRIMARY KEY (snapshot_id, beside_id)
) STRICT, WITHOUT ROWID;
INSERT INTO board_snapshot_beside (snapshot_id, beside_id)
SELECT DISTINCT s.id, b.id FROM board_snapshot s JOIN json_each(s.report, '$.beside') held JOIN board_snapshot b ON b.id = unhex(replace(held.value, '-', ''));

CREATE TRIGGER board_snapshot_beside_is_kept_on_update BEFORE UPDATE ON board_snapshot_beside BEGIN SELECT RAISE(ABORT, 'board snapshots are never changed'); END;
CREATE TRIGGER board_snapshot_beside_is_kept_on_delete BEFORE DELETE ON board_snapshot_beside BEGIN SELECT RAISE(ABORT, 'board snapshots are never changed'); END;
