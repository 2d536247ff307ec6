-- Beside which certified claims to funders a snapshot was held: one that lacks a claim of its year is not signed off any more.
CREATE TABLE board_snapshot_claim (
  snapshot_id UUID NOT NULL CONSTRAINT board_snapshot_claim_snapshot_id_fkey REFERENCES board_snapshot (id),
  funder_claim_id UUID NOT NULL CONSTRAINT board_snapshot_claim_funder_claim_id_fkey REFERENCES funder_claim (id),
  CONSTRAINT board_snapshot_claim_pkey PRIMARY KEY (snapshot_id, funder_claim_id)
);
CREATE INDEX board_snapshot_claim_funder_claim_id ON board_snapshot_claim (funder_claim_id);

CREATE TRIGGER board_snapshot_claim_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON board_snapshot_claim FOR EACH STATEMENT EXECUTE FUNCTION board_snapshot_is_kept();
