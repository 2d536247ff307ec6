-- What imports brought in, so that a second run changes nothing; and whether history is closed.
CREATE TABLE import_row (
  file TEXT NOT NULL,
  key TEXT NOT NULL,
  known_from TEXT NOT NULL,
  record_id BLOB NOT NULL,
  fingerprint TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT import_row_pkey PRIMARY KEY (file, key, known_from)
) STRICT, WITHOUT ROWID;

-- One row from the first report on: from then on no import may give a fact an earlier moment.
CREATE TABLE history_gate (
  id INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  CONSTRAINT history_gate_pkey PRIMARY KEY (id),
  CONSTRAINT history_gate_id_check CHECK (id = 1)
) STRICT;
