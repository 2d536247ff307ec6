-- Beside which snapshots of its year one was held, as its report says too: a list asks this without reading any report.
CREATE TABLE board_snapshot_beside (
  snapshot_id UUID NOT NULL CONSTRAINT board_snapshot_beside_snapshot_id_fkey REFERENCES board_snapshot (id),
  beside_id UUID NOT NULL CONSTRAINT board_snapshot_beside_beside_id_fkey REFERENCES board_snapshot (id),
  CONSTRAINT board_snapshot_beside_pkey PRIMARY KEY (snapshot_id, beside_id)
);
INSERT INTO board_snapshot_beside (snapshot_id, beside_id)
SELECT DISTINCT s.id, b.id FROM board_snapshot s CROSS JOIN LATERAL jsonb_array_elements_text(CAST(s.report AS jsonb) -> 'beside') AS held(value)
JOIN board_snapshot b ON b.id = CAST(held.value AS uuid);

CREATE TRIGGER board_snapshot_beside_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON board_snapshot_beside FOR EACH STATEMENT EXECUTE FUNCTION board_snapshot_is_kept();
