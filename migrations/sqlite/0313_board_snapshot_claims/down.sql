DROP TABLE board_snapshot_claim;
