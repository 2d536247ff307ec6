-- What a person's authenticator shares with the service. It counts once it is confirmed by a code; `last_step` is the time step whose code was used last.
CREATE TABLE second_factor (
  app_user_id BLOB NOT NULL,
  secret TEXT NOT NULL,
  enrolled_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL,
  CONSTRAINT second_factor_pkey PRIMARY KEY (app_user_id),
  CONSTRAINT second_factor_app_user_id_fkey FOREIGN KEY (app_user_id) REFERENCES app_user (id)
) STRICT, WITHOUT ROWID;

-- Codes for a lost authenticator, each of which counts once. Only their hashes are kept.
CREATE TABLE recovery_code (
  hash TEXT NOT NULL,
  app_user_id BLOB NOT NULL,
  used_at INTEGER,
  CONSTRAINT recovery_code_pkey PRIMARY KEY (hash),
  CONSTRAINT recovery_code_app_user_id_fkey FOREIGN KEY (app_user_id) REFERENCES app_user (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_code_app_user_id ON recovery_code (app_user_id);

-- When a session gave its second factor the last time.
ALTER TABLE session ADD COLUMN second_factor_at INTEGER;
