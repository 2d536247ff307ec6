CREATE TEMP TABLE kept_app_user_role AS SELECT app_user_id, version, role FROM app_user_role WHERE role NOT IN ('chief_finance_officer', 'data_protection_officer');
DROP TABLE app_user_role;
CREATE TABLE app_user_role (
  app_user_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  role TEXT NOT NULL,
  CONSTRAINT app_user_role_pkey PRIMARY KEY (app_user_id, version, role),
  CONSTRAINT app_user_role_app_user_id_version_fkey FOREIGN KEY (app_user_id, version) REFERENCES app_user_version (app_user_id, version),
  CONSTRAINT app_user_role_role_check CHECK (role IN ('commissioner', 'approver', 'administrator', 'finance', 'auditor', 'board_reader',
    'provider_author', 'provider_signatory', 'applicant', 'panel_member', 'endorser'))
) STRICT, WITHOUT ROWID;
INSERT INTO app_user_role SELECT app_user_id, version, role FROM kept_app_user_role;
DROP TABLE kept_app_user_role;
CREATE INDEX app_user_role_role ON app_user_role (role);

CREATE TEMP TABLE kept_service_client_role AS SELECT service_client_id, version, role FROM service_client_role WHERE role NOT IN ('chief_finance_officer', 'data_protection_officer');
DROP TABLE service_client_role;
CREATE TABLE service_client_role (
  service_client_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  role TEXT NOT NULL,
  CONSTRAINT service_client_role_pkey PRIMARY KEY (service_client_id, version, role),
  CONSTRAINT service_client_role_service_client_id_version_fkey FOREIGN KEY (service_client_id, version) REFERENCES service_client_version (service_client_id, version),
  CONSTRAINT service_client_role_role_check CHECK (role IN ('commissioner', 'approver', 'administrator', 'finance', 'auditor', 'board_reader',
    'provider_author', 'provider_signatory', 'applicant', 'panel_member', 'endorser'))
) STRICT, WITHOUT ROWID;
INSERT INTO service_client_role SELECT service_client_id, version, role FROM kept_service_client_role;
DROP TABLE kept_service_client_role;
