-- Who commissions, where, with whose money, out of which pots and in which years.
-- Each record is an identity row, whose version alone is ever updated, and version rows that are only added.
CREATE TABLE area (
  id UUID NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT area_pkey PRIMARY KEY (id),
  CONSTRAINT area_code_key UNIQUE (code),
  CONSTRAINT area_version_check CHECK (version >= 1)
);

CREATE TABLE area_version (
  area_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  ons_code TEXT,
  parent_id UUID,
  valid_from DATE,
  valid_to DATE,
  search TEXT NOT NULL,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT area_version_pkey PRIMARY KEY (area_id, version),
  CONSTRAINT area_version_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id),
  CONSTRAINT area_version_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES area (id),
  CONSTRAINT area_version_kind_check CHECK (kind IN ('region', 'police_force_area', 'local_authority', 'sub_region', 'locality',
    'neighbourhood_policing_unit', 'hospital_site', 'impact_area', 'place_pilot', 'impact_area_set', 'place_pilot_set')),
  CONSTRAINT area_version_valid_to_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)
);
CREATE INDEX area_version_parent_id ON area_version (parent_id);
CREATE INDEX area_version_ons_code ON area_version (ons_code);

CREATE TABLE area_alias (
  area_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  alias TEXT NOT NULL,
  CONSTRAINT area_alias_pkey PRIMARY KEY (area_id, version, position),
  CONSTRAINT area_alias_version_fkey FOREIGN KEY (area_id, version) REFERENCES area_version (area_id, version)
);

CREATE TABLE area_set (
  id UUID NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT area_set_pkey PRIMARY KEY (id),
  CONSTRAINT area_set_code_key UNIQUE (code),
  CONSTRAINT area_set_version_check CHECK (version >= 1)
);

CREATE TABLE area_set_version (
  area_set_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  area_id UUID,
  member_count INTEGER NOT NULL,
  valid_from DATE,
  valid_to DATE,
  search TEXT NOT NULL,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT area_set_version_pkey PRIMARY KEY (area_set_id, version),
  CONSTRAINT area_set_version_area_set_id_fkey FOREIGN KEY (area_set_id) REFERENCES area_set (id),
  CONSTRAINT area_set_version_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id),
  CONSTRAINT area_set_version_kind_check CHECK (kind IN ('region', 'police_force_area', 'local_authority', 'sub_region', 'locality',
    'neighbourhood_policing_unit', 'hospital_site', 'impact_area', 'place_pilot')),
  CONSTRAINT area_set_version_member_count_check CHECK (member_count >= 1),
  CONSTRAINT area_set_version_valid_to_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)
);

CREATE TABLE area_set_member (
  area_set_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  area_id UUID NOT NULL,
  valid_from DATE,
  valid_to DATE,
  CONSTRAINT area_set_member_pkey PRIMARY KEY (area_set_id, version, position),
  CONSTRAINT area_set_member_version_fkey FOREIGN KEY (area_set_id, version) REFERENCES area_set_version (area_set_id, version),
  CONSTRAINT area_set_member_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id),
  CONSTRAINT area_set_member_valid_to_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)
);
CREATE INDEX area_set_member_area_id ON area_set_member (area_id);

CREATE TABLE commissioning_body (
  id UUID NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT commissioning_body_pkey PRIMARY KEY (id),
  CONSTRAINT commissioning_body_code_key UNIQUE (code),
  CONSTRAINT commissioning_body_version_check CHECK (version >= 1)
);

CREATE TABLE commissioning_body_version (
  body_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  area_id UUID,
  valid_from DATE,
  valid_to DATE,
  successor_id UUID,
  search TEXT NOT NULL,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT commissioning_body_version_pkey PRIMARY KEY (body_id, version),
  CONSTRAINT commissioning_body_version_body_id_fkey FOREIGN KEY (body_id) REFERENCES commissioning_body (id),
  CONSTRAINT commissioning_body_version_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id),
  CONSTRAINT commissioning_body_version_successor_id_fkey FOREIGN KEY (successor_id) REFERENCES commissioning_body (id),
  CONSTRAINT commissioning_body_version_kind_check CHECK (kind IN ('police_and_crime_commissioner', 'mayor', 'policing_board')),
  CONSTRAINT commissioning_body_version_valid_to_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to)
);

CREATE TABLE commissioning_body_alias (
  body_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  alias TEXT NOT NULL,
  CONSTRAINT commissioning_body_alias_pkey PRIMARY KEY (body_id, version, position),
  CONSTRAINT commissioning_body_alias_version_fkey FOREIGN KEY (body_id, version) REFERENCES commissioning_body_version (body_id, version)
);

CREATE TABLE funding_source (
  id UUID NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT funding_source_pkey PRIMARY KEY (id),
  CONSTRAINT funding_source_code_key UNIQUE (code),
  CONSTRAINT funding_source_version_check CHECK (version >= 1)
);

CREATE TABLE funding_source_version (
  source_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  search TEXT NOT NULL,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT funding_source_version_pkey PRIMARY KEY (source_id, version),
  CONSTRAINT funding_source_version_source_id_fkey FOREIGN KEY (source_id) REFERENCES funding_source (id),
  CONSTRAINT funding_source_version_kind_check CHECK (kind IN ('government_grant', 'government_department', 'government_package', 'recovered_assets',
    'reserves', 'pcc', 'co_funder', 'eu_fund', 'third_party_fund', 'local_taxation', 'not_printed'))
);

CREATE TABLE funding_source_alias (
  source_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  alias TEXT NOT NULL,
  CONSTRAINT funding_source_alias_pkey PRIMARY KEY (source_id, version, position),
  CONSTRAINT funding_source_alias_version_fkey FOREIGN KEY (source_id, version) REFERENCES funding_source_version (source_id, version)
);

CREATE TABLE fund (
  id UUID NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT fund_pkey PRIMARY KEY (id),
  CONSTRAINT fund_code_key UNIQUE (code),
  CONSTRAINT fund_version_check CHECK (version >= 1)
);

CREATE TABLE fund_version (
  fund_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  purpose TEXT,
  body_id UUID NOT NULL,
  unspent_rule TEXT,
  default_monitoring TEXT,
  default_evaluation TEXT,
  review_due DATE,
  reviewed_on DATE,
  review_outcome TEXT,
  review_consultation TEXT,
  pledge_text TEXT,
  pledge_from DATE,
  pledge_to DATE,
  search TEXT NOT NULL,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT fund_version_pkey PRIMARY KEY (fund_id, version),
  CONSTRAINT fund_version_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT fund_version_body_id_fkey FOREIGN KEY (body_id) REFERENCES commissioning_body (id),
  CONSTRAINT fund_version_kind_check CHECK (kind IN ('pcc_budget', 'pcc_grant_fund', 'pcc_grant', 'pcc_investment', 'pcc_contribution',
    'pcc_programme_budget', 'co_funded_programme', 'external_fund', 'recovered_assets_fund', 'reserves', 'bid', 'procurement_framework', 'not_printed')),
  CONSTRAINT fund_version_scope_check CHECK (scope IN ('fund', 'bid', 'framework', 'reserve')),
  CONSTRAINT fund_version_unspent_rule_check CHECK (unspent_rule IN ('return_to_funder', 'carry_forward', 'recycle')),
  CONSTRAINT fund_version_default_monitoring_check CHECK (default_monitoring IN ('quarterly', 'half_yearly', 'end_of_grant', 'none')),
  CONSTRAINT fund_version_default_evaluation_check CHECK (default_evaluation IN ('full', 'light')),
  CONSTRAINT fund_version_pledge_to_check CHECK (pledge_from IS NULL OR pledge_to IS NULL OR pledge_from <= pledge_to)
);
CREATE INDEX fund_version_body_id ON fund_version (body_id);

CREATE TABLE fund_alias (
  fund_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  alias TEXT NOT NULL,
  CONSTRAINT fund_alias_pkey PRIMARY KEY (fund_id, version, position),
  CONSTRAINT fund_alias_version_fkey FOREIGN KEY (fund_id, version) REFERENCES fund_version (fund_id, version)
);

CREATE TABLE fund_source (
  fund_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  source_id UUID NOT NULL,
  CONSTRAINT fund_source_pkey PRIMARY KEY (fund_id, version, position),
  CONSTRAINT fund_source_version_fkey FOREIGN KEY (fund_id, version) REFERENCES fund_version (fund_id, version),
  CONSTRAINT fund_source_source_id_fkey FOREIGN KEY (source_id) REFERENCES funding_source (id)
);
CREATE INDEX fund_source_source_id ON fund_source (source_id, fund_id, version);

CREATE TABLE fund_predecessor (
  fund_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  predecessor_id UUID NOT NULL,
  CONSTRAINT fund_predecessor_pkey PRIMARY KEY (fund_id, version, position),
  CONSTRAINT fund_predecessor_version_fkey FOREIGN KEY (fund_id, version) REFERENCES fund_version (fund_id, version),
  CONSTRAINT fund_predecessor_predecessor_id_fkey FOREIGN KEY (predecessor_id) REFERENCES fund (id)
);
CREATE INDEX fund_predecessor_predecessor_id ON fund_predecessor (predecessor_id);

CREATE TABLE fund_period (
  id UUID NOT NULL,
  fund_id UUID NOT NULL,
  label TEXT COLLATE "C" NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT fund_period_pkey PRIMARY KEY (id),
  CONSTRAINT fund_period_label_key UNIQUE (fund_id, label),
  CONSTRAINT fund_period_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT fund_period_version_check CHECK (version >= 1)
);

CREATE TABLE fund_period_version (
  period_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  note TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT fund_period_version_pkey PRIMARY KEY (period_id, version),
  CONSTRAINT fund_period_version_period_id_fkey FOREIGN KEY (period_id) REFERENCES fund_period (id),
  CONSTRAINT fund_period_version_ends_on_check CHECK (starts_on <= ends_on)
);
