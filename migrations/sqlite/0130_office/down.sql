DROP TABLE history_gate;
DROP TABLE import_row;
