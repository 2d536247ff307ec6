DROP TABLE board_sign_off;
DROP TABLE board_snapshot;
