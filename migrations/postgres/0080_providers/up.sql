-- Organisations, their services, and the programmes that several awards deliver together.
-- A record is a row of identity and its versions; what stands in a version is never changed.

CREATE TABLE provider (
  id UUID NOT NULL CONSTRAINT provider_pkey PRIMARY KEY,
  reference TEXT NOT NULL CONSTRAINT provider_reference_key UNIQUE,
  version INTEGER NOT NULL CONSTRAINT provider_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE provider_version (
  provider_id UUID NOT NULL CONSTRAINT provider_version_provider_id_fkey REFERENCES provider (id),
  version INTEGER NOT NULL CONSTRAINT provider_version_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  search TEXT NOT NULL,
  kind TEXT CONSTRAINT provider_version_kind_check CHECK (kind IN ('voluntary_sector', 'charity', 'company', 'community_group', 'consortium',
    'partnership', 'housing_association', 'community_safety_partnership', 'statutory_service', 'public_body', 'government_department', 'police',
    'university', 'evaluator')),
  pcc_status TEXT NOT NULL CONSTRAINT provider_version_pcc_status_check CHECK (pcc_status IN ('commissioned', 'non_commissioned', 'unknown')),
  size TEXT CONSTRAINT provider_version_size_check CHECK (size IN ('micro', 'small', 'medium', 'large')),
  specialist BOOLEAN,
  charity_number TEXT,
  company_number TEXT,
  postcode TEXT,
  local BOOLEAN,
  home_area_id UUID CONSTRAINT provider_version_home_area_id_fkey REFERENCES area (id),
  contact_email TEXT,
  supplier_number TEXT,
  note TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT provider_version_pkey PRIMARY KEY (provider_id, version)
);
CREATE INDEX provider_version_charity_number ON provider_version (charity_number);
CREATE INDEX provider_version_company_number ON provider_version (company_number);

CREATE TABLE provider_alias (
  provider_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  alias TEXT NOT NULL,
  CONSTRAINT provider_alias_pkey PRIMARY KEY (provider_id, version, position),
  CONSTRAINT provider_alias_provider_id_version_fkey FOREIGN KEY (provider_id, version) REFERENCES provider_version (provider_id, version)
);

CREATE TABLE provider_area (
  provider_id UUID NOT NULL,
  version INTEGER NOT NULL,
  area_id UUID NOT NULL CONSTRAINT provider_area_area_id_fkey REFERENCES area (id),
  CONSTRAINT provider_area_pkey PRIMARY KEY (provider_id, version, area_id),
  CONSTRAINT provider_area_provider_id_version_fkey FOREIGN KEY (provider_id, version) REFERENCES provider_version (provider_id, version)
);
CREATE INDEX provider_area_area_id ON provider_area (area_id);

CREATE TABLE provider_member (
  provider_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  member_id UUID NOT NULL CONSTRAINT provider_member_member_id_fkey REFERENCES provider (id),
  lead BOOLEAN NOT NULL,
  starts_on DATE,
  ends_on DATE,
  CONSTRAINT provider_member_pkey PRIMARY KEY (provider_id, version, position),
  CONSTRAINT provider_member_provider_id_version_fkey FOREIGN KEY (provider_id, version) REFERENCES provider_version (provider_id, version),
  CONSTRAINT provider_member_member_id_check CHECK (member_id <> provider_id),
  CONSTRAINT provider_member_ends_on_check CHECK (ends_on >= starts_on)
);
CREATE INDEX provider_member_member_id ON provider_member (member_id);

CREATE TABLE service_line (
  id UUID NOT NULL CONSTRAINT service_line_pkey PRIMARY KEY,
  provider_id UUID NOT NULL CONSTRAINT service_line_provider_id_fkey REFERENCES provider (id),
  reference TEXT NOT NULL CONSTRAINT service_line_reference_key UNIQUE,
  version INTEGER NOT NULL CONSTRAINT service_line_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX service_line_provider_id ON service_line (provider_id);

CREATE TABLE service_line_version (
  service_line_id UUID NOT NULL CONSTRAINT service_line_version_service_line_id_fkey REFERENCES service_line (id),
  version INTEGER NOT NULL CONSTRAINT service_line_version_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  theme TEXT,
  ends_on DATE,
  note TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT service_line_version_pkey PRIMARY KEY (service_line_id, version)
);

CREATE TABLE programme (
  id UUID NOT NULL CONSTRAINT programme_pkey PRIMARY KEY,
  code TEXT NOT NULL CONSTRAINT programme_code_key UNIQUE,
  version INTEGER NOT NULL CONSTRAINT programme_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE programme_version (
  programme_id UUID NOT NULL CONSTRAINT programme_version_programme_id_fkey REFERENCES programme (id),
  version INTEGER NOT NULL CONSTRAINT programme_version_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  search TEXT NOT NULL,
  kind TEXT CONSTRAINT programme_version_kind_check CHECK (kind IN ('commissioned_service', 'co_funded_programme', 'contribution', 'contract',
    'funded_post', 'grant_allocation', 'pilot', 'research', 'vru_programme', 'external_grant_programme', 'proposal', 'bid', 'ended_programme')),
  stage TEXT CONSTRAINT programme_version_stage_check CHECK (stage IN ('proposed', 'planned', 'procurement', 'pilot', 'live', 'completed', 'ended')),
  stage_since_on DATE,
  starts_on DATE,
  ends_on DATE,
  succeeds_id UUID CONSTRAINT programme_version_succeeds_id_fkey REFERENCES programme (id),
  evaluator_id UUID CONSTRAINT programme_version_evaluator_id_fkey REFERENCES provider (id),
  evaluation_due_on DATE,
  onward_grants BOOLEAN,
  note TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT programme_version_pkey PRIMARY KEY (programme_id, version),
  CONSTRAINT programme_version_succeeds_id_check CHECK (succeeds_id <> programme_id),
  CONSTRAINT programme_version_ends_on_check CHECK (ends_on >= starts_on)
);
CREATE INDEX programme_version_succeeds_id ON programme_version (succeeds_id);

CREATE TABLE programme_alias (
  programme_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  alias TEXT NOT NULL,
  CONSTRAINT programme_alias_pkey PRIMARY KEY (programme_id, version, position),
  CONSTRAINT programme_alias_programme_id_version_fkey FOREIGN KEY (programme_id, version) REFERENCES programme_version (programme_id, version)
);

CREATE TABLE programme_route (
  programme_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  starts_on DATE,
  ends_on DATE,
  CONSTRAINT programme_route_pkey PRIMARY KEY (programme_id, version, position),
  CONSTRAINT programme_route_programme_id_version_fkey FOREIGN KEY (programme_id, version) REFERENCES programme_version (programme_id, version),
  CONSTRAINT programme_route_ends_on_check CHECK (ends_on >= starts_on)
);

CREATE TABLE programme_eligibility (
  programme_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  criteria TEXT NOT NULL,
  starts_on DATE,
  CONSTRAINT programme_eligibility_pkey PRIMARY KEY (programme_id, version, position),
  CONSTRAINT programme_eligibility_programme_id_version_fkey FOREIGN KEY (programme_id, version) REFERENCES programme_version (programme_id, version)
);

CREATE TABLE programme_fund (
  programme_id UUID NOT NULL,
  version INTEGER NOT NULL,
  fund_id UUID NOT NULL CONSTRAINT programme_fund_fund_id_fkey REFERENCES fund (id),
  CONSTRAINT programme_fund_pkey PRIMARY KEY (programme_id, version, fund_id),
  CONSTRAINT programme_fund_programme_id_version_fkey FOREIGN KEY (programme_id, version) REFERENCES programme_version (programme_id, version)
);
CREATE INDEX programme_fund_fund_id ON programme_fund (fund_id);

CREATE TABLE programme_provider (
  programme_id UUID NOT NULL,
  version INTEGER NOT NULL,
  provider_id UUID NOT NULL CONSTRAINT programme_provider_provider_id_fkey REFERENCES provider (id),
  CONSTRAINT programme_provider_pkey PRIMARY KEY (programme_id, version, provider_id),
  CONSTRAINT programme_provider_programme_id_version_fkey FOREIGN KEY (programme_id, version) REFERENCES programme_version (programme_id, version)
);
CREATE INDEX programme_provider_provider_id ON programme_provider (provider_id);

CREATE TABLE programme_area (
  programme_id UUID NOT NULL,
  version INTEGER NOT NULL,
  area_id UUID NOT NULL CONSTRAINT programme_area_area_id_fkey REFERENCES area (id),
  CONSTRAINT programme_area_pkey PRIMARY KEY (programme_id, version, area_id),
  CONSTRAINT programme_area_programme_id_version_fkey FOREIGN KEY (programme_id, version) REFERENCES programme_version (programme_id, version)
);
CREATE INDEX programme_area_area_id ON programme_area (area_id);

-- Co-funding beside the ledger: it moves no money. `award_id` names the award that carries the same money in the ledger, which must not count twice;
-- awards come later, so the act that writes it checks it.
CREATE TABLE contribution (
  id UUID NOT NULL CONSTRAINT contribution_pkey PRIMARY KEY,
  reference TEXT NOT NULL CONSTRAINT contribution_reference_key UNIQUE,
  version INTEGER NOT NULL CONSTRAINT contribution_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE contribution_version (
  contribution_id UUID NOT NULL CONSTRAINT contribution_version_contribution_id_fkey REFERENCES contribution (id),
  version INTEGER NOT NULL CONSTRAINT contribution_version_version_check CHECK (version >= 1),
  recorded_at TIMESTAMPTZ NOT NULL,
  programme_id UUID CONSTRAINT contribution_version_programme_id_fkey REFERENCES programme (id),
  fund_id UUID CONSTRAINT contribution_version_fund_id_fkey REFERENCES fund (id),
  source_id UUID NOT NULL CONSTRAINT contribution_version_source_id_fkey REFERENCES funding_source (id),
  amount_pence BIGINT CONSTRAINT contribution_version_amount_pence_check CHECK (amount_pence > 0),
  kind TEXT CONSTRAINT contribution_version_kind_check CHECK (kind IN ('cash', 'in_kind')),
  confirmed BOOLEAN,
  award_id UUID,
  figure_status TEXT NOT NULL CONSTRAINT contribution_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  precision TEXT CONSTRAINT contribution_version_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  rounding_unit_pence BIGINT CONSTRAINT contribution_version_rounding_unit_pence_check CHECK (rounding_unit_pence > 0),
  qualifier TEXT,
  note TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT contribution_version_pkey PRIMARY KEY (contribution_id, version)
);
CREATE INDEX contribution_version_programme_id ON contribution_version (programme_id);
