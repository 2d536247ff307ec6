-- Awards: an agreement that commits money to a provider. Its terms are readable for ever, one row a version of the agreement;
-- its state has a row for each act.
CREATE TABLE award (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  series TEXT NOT NULL,
  number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT award_pkey PRIMARY KEY (id),
  CONSTRAINT award_reference_key UNIQUE (reference)
);
CREATE INDEX award_series_number ON award (series, number);

CREATE TABLE award_terms (
  award_id UUID NOT NULL,
  terms_no INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  variation_id UUID,
  fund_period_id UUID NOT NULL,
  tranche_id UUID,
  earmark_id UUID,
  provider_id UUID,
  service_line_id UUID,
  programme_id UUID,
  component_of UUID,
  kind TEXT NOT NULL,
  legal_power TEXT,
  legal_power_text TEXT,
  category TEXT,
  theme TEXT,
  title TEXT NOT NULL,
  purpose TEXT,
  amount_pence BIGINT,
  vat_pence BIGINT,
  forward_pence BIGINT NOT NULL,
  starts_on DATE,
  ends_on DATE,
  post_host TEXT,
  post_role TEXT,
  post_fte_hundredths INTEGER,
  living_wage_clause BOOLEAN NOT NULL,
  social_value_weight_percent INTEGER,
  social_value_score_percent INTEGER,
  projects_count INTEGER NOT NULL,
  position INTEGER,
  figure_status TEXT NOT NULL,
  precision TEXT,
  rounding_unit_pence BIGINT,
  qualifier TEXT,
  search_text TEXT NOT NULL,
  CONSTRAINT award_terms_pkey PRIMARY KEY (award_id, terms_no),
  CONSTRAINT award_terms_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT award_terms_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT award_terms_tranche_id_fkey FOREIGN KEY (tranche_id) REFERENCES tranche (id),
  CONSTRAINT award_terms_earmark_id_fkey FOREIGN KEY (earmark_id) REFERENCES earmark (id),
  CONSTRAINT award_terms_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id),
  CONSTRAINT award_terms_service_line_id_fkey FOREIGN KEY (service_line_id) REFERENCES service_line (id),
  CONSTRAINT award_terms_programme_id_fkey FOREIGN KEY (programme_id) REFERENCES programme (id),
  CONSTRAINT award_terms_component_of_fkey FOREIGN KEY (component_of) REFERENCES award (id),
  CONSTRAINT award_terms_kind_check CHECK (kind IN ('grant', 'contract', 'contribution', 'funded_post')),
  CONSTRAINT award_terms_legal_power_check CHECK (legal_power IN ('prsra_2011_s9', 'abcpa_2014_s143', 'other')),
  CONSTRAINT award_terms_money_from_check CHECK (tranche_id IS NULL OR earmark_id IS NULL),
  CONSTRAINT award_terms_amount_pence_check CHECK (amount_pence >= 0),
  CONSTRAINT award_terms_vat_pence_check CHECK (vat_pence >= 0),
  CONSTRAINT award_terms_forward_pence_check CHECK (forward_pence >= 0),
  CONSTRAINT award_terms_ends_on_check CHECK (ends_on >= starts_on),
  CONSTRAINT award_terms_post_fte_hundredths_check CHECK (post_fte_hundredths > 0),
  CONSTRAINT award_terms_social_value_weight_percent_check CHECK (social_value_weight_percent BETWEEN 1 AND 100),
  CONSTRAINT award_terms_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT award_terms_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  CONSTRAINT award_terms_social_value_score_percent_check CHECK (social_value_score_percent BETWEEN 0 AND 100),
  CONSTRAINT award_terms_projects_count_check CHECK (projects_count >= 1)
);
CREATE INDEX award_terms_fund_period_id ON award_terms (fund_period_id);
CREATE INDEX award_terms_tranche_id ON award_terms (tranche_id);
CREATE INDEX award_terms_provider_id ON award_terms (provider_id);
CREATE INDEX award_terms_programme_id ON award_terms (programme_id);
CREATE INDEX award_terms_component_of ON award_terms (component_of);

CREATE TABLE award_area (
  award_id UUID NOT NULL,
  terms_no INTEGER NOT NULL,
  area_id UUID NOT NULL,
  CONSTRAINT award_area_pkey PRIMARY KEY (award_id, terms_no, area_id),
  CONSTRAINT award_area_award_id_terms_no_fkey FOREIGN KEY (award_id, terms_no) REFERENCES award_terms (award_id, terms_no),
  CONSTRAINT award_area_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id)
);
CREATE INDEX award_area_area_id ON award_area (area_id);

-- How the amount is split over budget lines, to the penny. A draft may have none: then the split is made at the offer, after the
-- weights in award_share or, without those, after the balances available.
CREATE TABLE award_split (
  award_id UUID NOT NULL,
  terms_no INTEGER NOT NULL,
  budget_line_id UUID NOT NULL,
  amount_pence BIGINT NOT NULL,
  CONSTRAINT award_split_pkey PRIMARY KEY (award_id, terms_no, budget_line_id),
  CONSTRAINT award_split_award_id_terms_no_fkey FOREIGN KEY (award_id, terms_no) REFERENCES award_terms (award_id, terms_no),
  CONSTRAINT award_split_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT award_split_amount_pence_check CHECK (amount_pence >= 0)
);
CREATE INDEX award_split_budget_line_id ON award_split (budget_line_id);

CREATE TABLE award_share (
  award_id UUID NOT NULL,
  terms_no INTEGER NOT NULL,
  budget_line_id UUID NOT NULL,
  weight BIGINT NOT NULL,
  CONSTRAINT award_share_pkey PRIMARY KEY (award_id, terms_no, budget_line_id),
  CONSTRAINT award_share_award_id_terms_no_fkey FOREIGN KEY (award_id, terms_no) REFERENCES award_terms (award_id, terms_no),
  CONSTRAINT award_share_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT award_share_weight_check CHECK (weight > 0)
);

-- The profile. Quarters after the award's fund period are indicative, subject to funding, and outside the ledger.
CREATE TABLE award_quarter (
  award_id UUID NOT NULL,
  terms_no INTEGER NOT NULL,
  quarter TEXT NOT NULL,
  amount_pence BIGINT NOT NULL,
  is_indicative BOOLEAN NOT NULL,
  CONSTRAINT award_quarter_pkey PRIMARY KEY (award_id, terms_no, quarter),
  CONSTRAINT award_quarter_award_id_terms_no_fkey FOREIGN KEY (award_id, terms_no) REFERENCES award_terms (award_id, terms_no),
  CONSTRAINT award_quarter_amount_pence_check CHECK (amount_pence >= 0)
);

-- Amounts a year (R08, R09); years after the fund period are indicative.
CREATE TABLE award_year (
  award_id UUID NOT NULL,
  terms_no INTEGER NOT NULL,
  financial_year INTEGER NOT NULL,
  amount_pence BIGINT NOT NULL,
  is_indicative BOOLEAN NOT NULL,
  CONSTRAINT award_year_pkey PRIMARY KEY (award_id, terms_no, financial_year),
  CONSTRAINT award_year_award_id_terms_no_fkey FOREIGN KEY (award_id, terms_no) REFERENCES award_terms (award_id, terms_no),
  CONSTRAINT award_year_amount_pence_check CHECK (amount_pence >= 0)
);

-- What the award owes (R67, R68). A plan without a number of its own comes from the fund.
CREATE TABLE award_plan (
  award_id UUID NOT NULL,
  plan_no INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  frequency TEXT,
  evaluation TEXT,
  is_fund_default BOOLEAN NOT NULL,
  evaluator TEXT,
  method TEXT,
  due_on DATE,
  findings TEXT,
  CONSTRAINT award_plan_pkey PRIMARY KEY (award_id, plan_no),
  CONSTRAINT award_plan_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT award_plan_frequency_check CHECK (frequency IN ('quarterly', 'half_yearly', 'end_of_grant', 'none')),
  CONSTRAINT award_plan_evaluation_check CHECK (evaluation IN ('full', 'light'))
);

CREATE TABLE award_outcome (
  award_id UUID NOT NULL,
  plan_no INTEGER NOT NULL,
  position INTEGER NOT NULL,
  question TEXT NOT NULL,
  result TEXT,
  comparator TEXT,
  low_percent_thousandths BIGINT,
  high_percent_thousandths BIGINT,
  CONSTRAINT award_outcome_pkey PRIMARY KEY (award_id, plan_no, position),
  CONSTRAINT award_outcome_award_id_plan_no_fkey FOREIGN KEY (award_id, plan_no) REFERENCES award_plan (award_id, plan_no)
);

-- Grant conditions (R49).
CREATE TABLE award_condition (
  award_id UUID NOT NULL,
  conditions_no INTEGER NOT NULL,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  due_on DATE,
  evidence_status TEXT NOT NULL,
  evidence_note TEXT,
  evidenced_on DATE,
  CONSTRAINT award_condition_pkey PRIMARY KEY (award_id, conditions_no, position),
  CONSTRAINT award_condition_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT award_condition_evidence_status_check CHECK (evidence_status IN ('awaited', 'submitted', 'met', 'not_met', 'waived'))
);

CREATE TABLE award_version (
  award_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  state TEXT NOT NULL,
  terms_no INTEGER NOT NULL,
  offered_terms_no INTEGER,
  conditions_no INTEGER NOT NULL,
  plan_no INTEGER NOT NULL,
  decided_on DATE,
  offered_on DATE,
  acceptance_due_on DATE,
  accepted_on DATE,
  living_wage_attested_on DATE,
  paused_on DATE,
  resume_planned_on DATE,
  pause_intention TEXT,
  ended_on DATE,
  closed_on DATE,
  reason TEXT,
  delivery_status TEXT NOT NULL,
  delivery_mode TEXT,
  delivery_since DATE,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  note TEXT,
  CONSTRAINT award_version_pkey PRIMARY KEY (award_id, version),
  CONSTRAINT award_version_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT award_version_award_id_terms_no_fkey FOREIGN KEY (award_id, terms_no) REFERENCES award_terms (award_id, terms_no),
  CONSTRAINT award_version_award_id_plan_no_fkey FOREIGN KEY (award_id, plan_no) REFERENCES award_plan (award_id, plan_no),
  CONSTRAINT award_version_state_check CHECK (state IN ('draft', 'offered', 'live', 'paused', 'ended', 'closed', 'refused', 'lapsed', 'withdrawn', 'terminated')),
  CONSTRAINT award_version_delivery_status_check CHECK (delivery_status IN ('not_started', 'delivering', 'adapted', 'paused')),
  CONSTRAINT award_version_delivery_mode_check CHECK (delivery_mode IN ('in_person', 'remote', 'blended'))
);
CREATE INDEX award_version_acceptance_due_on ON award_version (acceptance_due_on) WHERE state = 'offered';

-- What the office sets for its contracts (R64, R65); without a row, what the papers print.
CREATE TABLE award_policy (
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  social_value_threshold_pence BIGINT NOT NULL,
  social_value_weight_percent INTEGER NOT NULL,
  living_wage_kinds TEXT NOT NULL,
  CONSTRAINT award_policy_pkey PRIMARY KEY (version),
  CONSTRAINT award_policy_social_value_threshold_pence_check CHECK (social_value_threshold_pence >= 0),
  CONSTRAINT award_policy_social_value_weight_percent_check CHECK (social_value_weight_percent BETWEEN 1 AND 100)
);
