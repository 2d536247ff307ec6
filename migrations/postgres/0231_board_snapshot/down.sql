DROP TABLE board_sign_off;
DROP TABLE board_snapshot;
DROP FUNCTION board_snapshot_is_kept();
