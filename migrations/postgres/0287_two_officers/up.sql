-- Who certifies claims to funders, and who takes personal data out of returns.
ALTER TABLE app_user_role DROP CONSTRAINT app_user_role_role_check;
ALTER TABLE app_user_role ADD CONSTRAINT app_user_role_role_check CHECK (role IN ('commissioner', 'approver', 'administrator', 'finance', 'auditor', 'board_reader',
    'provider_author', 'provider_signatory', 'applicant', 'panel_member', 'endorser', 'chief_finance_officer', 'data_protection_officer'));
ALTER TABLE service_client_role DROP CONSTRAINT service_client_role_role_check;
ALTER TABLE service_client_role ADD CONSTRAINT service_client_role_role_check CHECK (role IN ('commissioner', 'approver', 'administrator', 'finance', 'auditor', 'board_reader',
    'provider_author', 'provider_signatory', 'applicant', 'panel_member', 'endorser', 'chief_finance_officer', 'data_protection_officer'));
