-- People and programs, how they prove who they are, and their sessions.
CREATE TABLE app_user (
  id BLOB NOT NULL,
  -- The current address once more, so that no two people share one; its history stands in the versions.
  email TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT app_user_pkey PRIMARY KEY (id),
  CONSTRAINT app_user_email_key UNIQUE (email),
  CONSTRAINT app_user_version_check CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_user_version (
  app_user_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  search TEXT NOT NULL,
  provider_id BLOB,
  active INTEGER NOT NULL,
  CONSTRAINT app_user_version_pkey PRIMARY KEY (app_user_id, version),
  CONSTRAINT app_user_version_app_user_id_fkey FOREIGN KEY (app_user_id) REFERENCES app_user (id),
  CONSTRAINT app_user_version_active_check CHECK (active IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX app_user_version_provider_id ON app_user_version (provider_id);

CREATE TABLE app_user_role (
  app_user_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  role TEXT NOT NULL,
  CONSTRAINT app_user_role_pkey PRIMARY KEY (app_user_id, version, role),
  CONSTRAINT app_user_role_app_user_id_version_fkey FOREIGN KEY (app_user_id, version) REFERENCES app_user_version (app_user_id, version),
  CONSTRAINT app_user_role_role_check CHECK (role IN ('commissioner', 'approver', 'administrator', 'finance', 'auditor', 'board_reader',
    'provider_author', 'provider_signatory', 'applicant', 'panel_member', 'endorser'))
) STRICT, WITHOUT ROWID;
CREATE INDEX app_user_role_role ON app_user_role (role);

CREATE TABLE app_user_area (
  app_user_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  area TEXT NOT NULL,
  CONSTRAINT app_user_area_pkey PRIMARY KEY (app_user_id, version, area),
  CONSTRAINT app_user_area_app_user_id_version_fkey FOREIGN KEY (app_user_id, version) REFERENCES app_user_version (app_user_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_user_password (
  app_user_id BLOB NOT NULL,
  phc TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  CONSTRAINT app_user_password_pkey PRIMARY KEY (app_user_id),
  CONSTRAINT app_user_password_app_user_id_fkey FOREIGN KEY (app_user_id) REFERENCES app_user (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_failure (
  subject TEXT NOT NULL,
  failures INTEGER NOT NULL,
  since INTEGER NOT NULL,
  CONSTRAINT sign_in_failure_pkey PRIMARY KEY (subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_failure_since ON sign_in_failure (since);

CREATE TABLE session (
  id BLOB NOT NULL,
  app_user_id BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_reason TEXT,
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_app_user_id_fkey FOREIGN KEY (app_user_id) REFERENCES app_user (id),
  CONSTRAINT session_revoked_reason_check CHECK (revoked_reason IN ('signed_out', 'token_reused', 'deactivated', 'password_changed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX session_app_user_id ON session (app_user_id, expires_at);

CREATE TABLE refresh_token (
  hash TEXT NOT NULL,
  session_id BLOB NOT NULL,
  generation INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  CONSTRAINT refresh_token_pkey PRIMARY KEY (hash),
  CONSTRAINT refresh_token_session_id_generation_key UNIQUE (session_id, generation),
  CONSTRAINT refresh_token_session_id_fkey FOREIGN KEY (session_id) REFERENCES session (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_client (
  id BLOB NOT NULL,
  client_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT service_client_pkey PRIMARY KEY (id),
  CONSTRAINT service_client_client_id_key UNIQUE (client_id),
  CONSTRAINT service_client_version_check CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_client_version (
  service_client_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  name TEXT NOT NULL,
  search TEXT NOT NULL,
  provider_id BLOB,
  active INTEGER NOT NULL,
  CONSTRAINT service_client_version_pkey PRIMARY KEY (service_client_id, version),
  CONSTRAINT service_client_version_service_client_id_fkey FOREIGN KEY (service_client_id) REFERENCES service_client (id),
  CONSTRAINT service_client_version_active_check CHECK (active IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE service_client_role (
  service_client_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  role TEXT NOT NULL,
  CONSTRAINT service_client_role_pkey PRIMARY KEY (service_client_id, version, role),
  CONSTRAINT service_client_role_service_client_id_version_fkey FOREIGN KEY (service_client_id, version)
    REFERENCES service_client_version (service_client_id, version),
  CONSTRAINT service_client_role_role_check CHECK (role IN ('commissioner', 'approver', 'administrator', 'finance', 'auditor', 'board_reader',
    'provider_author', 'provider_signatory', 'applicant', 'panel_member', 'endorser'))
) STRICT, WITHOUT ROWID;

CREATE TABLE service_client_secret (
  id BLOB NOT NULL,
  service_client_id BLOB NOT NULL,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  CONSTRAINT service_client_secret_pkey PRIMARY KEY (id),
  CONSTRAINT service_client_secret_service_client_id_fkey FOREIGN KEY (service_client_id) REFERENCES service_client (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX service_client_secret_service_client_id ON service_client_secret (service_client_id);
