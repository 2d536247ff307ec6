-- The stamp of the last commit (SQLite) and the answers kept for repeated requests.
CREATE TABLE store_clock (
  id INTEGER NOT NULL PRIMARY KEY CONSTRAINT store_clock_single CHECK (id = 1),
  recorded_at TIMESTAMPTZ NOT NULL
);
INSERT INTO store_clock (id, recorded_at) VALUES (1, 'epoch');

CREATE TABLE idempotency_key (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  etag TEXT,
  location TEXT,
  body TEXT NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_key_recorded_at ON idempotency_key (recorded_at);
