DROP TABLE board_snapshot_beside;
