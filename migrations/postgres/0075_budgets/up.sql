-- Budget lines with their at-risk approvals and shortfalls, earmarks, tranches and bids.
-- Each record is an identity row, whose version alone is ever updated, and version rows that are only added.
CREATE TABLE budget_line (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  fund_period_id UUID NOT NULL,
  funding_source_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT budget_line_pkey PRIMARY KEY (id),
  CONSTRAINT budget_line_reference_key UNIQUE (reference),
  CONSTRAINT budget_line_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT budget_line_funding_source_id_fkey FOREIGN KEY (funding_source_id) REFERENCES funding_source (id),
  CONSTRAINT budget_line_version_check CHECK (version >= 1)
);
CREATE INDEX budget_line_fund_period_id ON budget_line (fund_period_id, id);
CREATE INDEX budget_line_funding_source_id ON budget_line (funding_source_id);

CREATE TABLE budget_line_version (
  budget_line_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  recorded_by UUID,
  state TEXT NOT NULL,
  amount_pence BIGINT NOT NULL,
  effective_on DATE NOT NULL,
  conditions TEXT,
  window_starts_on DATE,
  window_ends_on DATE,
  unspent_rule TEXT,
  reason TEXT,
  figure_status TEXT NOT NULL,
  precision TEXT,
  rounding_unit_pence BIGINT,
  qualifier TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT budget_line_version_pkey PRIMARY KEY (budget_line_id, version),
  CONSTRAINT budget_line_version_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT budget_line_version_state_check CHECK (state IN ('planned', 'provisional', 'confirmed', 'restated', 'withdrawn')),
  CONSTRAINT budget_line_version_amount_pence_check CHECK (amount_pence >= 0),
  CONSTRAINT budget_line_version_window_ends_on_check CHECK (window_starts_on IS NULL OR window_ends_on IS NULL OR window_starts_on <= window_ends_on),
  CONSTRAINT budget_line_version_unspent_rule_check CHECK (unspent_rule IN ('return_to_funder', 'carry_forward', 'recycle')),
  CONSTRAINT budget_line_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT budget_line_version_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  CONSTRAINT budget_line_version_rounding_unit_pence_check CHECK (rounding_unit_pence > 0)
);

-- Each row changes the shortfall of a line, which is their sum: more than nothing where a cut met money already promised, less
-- where that was covered.
CREATE TABLE budget_line_shortfall (
  id UUID NOT NULL,
  budget_line_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  change_pence BIGINT NOT NULL,
  CONSTRAINT budget_line_shortfall_pkey PRIMARY KEY (id),
  CONSTRAINT budget_line_shortfall_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT budget_line_shortfall_change_pence_check CHECK (change_pence <> 0)
);
CREATE INDEX budget_line_shortfall_budget_line_id ON budget_line_shortfall (budget_line_id, recorded_at);

CREATE TABLE at_risk_approval (
  id UUID NOT NULL,
  budget_line_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  amount_pence BIGINT NOT NULL,
  approved_on DATE NOT NULL,
  ends_on DATE,
  reason TEXT NOT NULL,
  approved_by UUID,
  approved_by_name TEXT NOT NULL,
  figure_status TEXT NOT NULL,
  precision TEXT,
  rounding_unit_pence BIGINT,
  qualifier TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT at_risk_approval_pkey PRIMARY KEY (id),
  CONSTRAINT at_risk_approval_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT at_risk_approval_amount_pence_check CHECK (amount_pence > 0),
  CONSTRAINT at_risk_approval_ends_on_check CHECK (ends_on IS NULL OR approved_on <= ends_on),
  CONSTRAINT at_risk_approval_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT at_risk_approval_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  CONSTRAINT at_risk_approval_rounding_unit_pence_check CHECK (rounding_unit_pence > 0)
);
CREATE INDEX at_risk_approval_budget_line_id ON at_risk_approval (budget_line_id, recorded_at);

-- The end of an approval, which needs no second row: an approval ends once.
CREATE TABLE at_risk_end (
  at_risk_approval_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  ended_on DATE NOT NULL,
  outcome TEXT NOT NULL,
  CONSTRAINT at_risk_end_pkey PRIMARY KEY (at_risk_approval_id),
  CONSTRAINT at_risk_end_at_risk_approval_id_fkey FOREIGN KEY (at_risk_approval_id) REFERENCES at_risk_approval (id),
  CONSTRAINT at_risk_end_outcome_check CHECK (outcome IN ('confirmed', 'withdrawn', 'replaced', 'expired'))
);

CREATE TABLE earmark (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  fund_period_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT earmark_pkey PRIMARY KEY (id),
  CONSTRAINT earmark_reference_key UNIQUE (reference),
  CONSTRAINT earmark_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT earmark_version_check CHECK (version >= 1)
);
CREATE INDEX earmark_fund_period_id ON earmark (fund_period_id, id);

-- `programme_id` names a programme; programmes belong to another capability, so no key holds it.
CREATE TABLE earmark_version (
  earmark_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL,
  name TEXT NOT NULL,
  purpose TEXT,
  programme_id UUID,
  amount_pence BIGINT NOT NULL,
  effective_on DATE NOT NULL,
  reason TEXT,
  figure_status TEXT NOT NULL,
  precision TEXT,
  rounding_unit_pence BIGINT,
  qualifier TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT earmark_version_pkey PRIMARY KEY (earmark_id, version),
  CONSTRAINT earmark_version_earmark_id_fkey FOREIGN KEY (earmark_id) REFERENCES earmark (id),
  CONSTRAINT earmark_version_state_check CHECK (state IN ('active', 'released')),
  CONSTRAINT earmark_version_amount_pence_check CHECK (amount_pence > 0),
  CONSTRAINT earmark_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT earmark_version_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  CONSTRAINT earmark_version_rounding_unit_pence_check CHECK (rounding_unit_pence > 0)
);

CREATE TABLE tranche (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  fund_period_id UUID NOT NULL,
  number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT tranche_pkey PRIMARY KEY (id),
  CONSTRAINT tranche_reference_key UNIQUE (reference),
  CONSTRAINT tranche_number_key UNIQUE (fund_period_id, number),
  CONSTRAINT tranche_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT tranche_number_check CHECK (number >= 1),
  CONSTRAINT tranche_version_check CHECK (version >= 1)
);

CREATE TABLE tranche_version (
  tranche_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL,
  name TEXT NOT NULL,
  planned_pence BIGINT,
  projects_count INTEGER,
  opens_on DATE,
  closes_on DATE,
  decision_on DATE,
  criteria TEXT,
  guidance_url TEXT,
  effective_on DATE NOT NULL,
  reason TEXT,
  figure_status TEXT NOT NULL,
  precision TEXT,
  rounding_unit_pence BIGINT,
  qualifier TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT tranche_version_pkey PRIMARY KEY (tranche_id, version),
  CONSTRAINT tranche_version_tranche_id_fkey FOREIGN KEY (tranche_id) REFERENCES tranche (id),
  CONSTRAINT tranche_version_state_check CHECK (state IN ('planned', 'open', 'assessing', 'decided', 'completed', 'cancelled')),
  CONSTRAINT tranche_version_planned_pence_check CHECK (planned_pence >= 0),
  CONSTRAINT tranche_version_projects_count_check CHECK (projects_count >= 0),
  CONSTRAINT tranche_version_closes_on_check CHECK (opens_on IS NULL OR closes_on IS NULL OR opens_on <= closes_on),
  CONSTRAINT tranche_version_decision_on_check CHECK (decision_on IS NULL OR closes_on IS NULL OR closes_on <= decision_on),
  CONSTRAINT tranche_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT tranche_version_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  CONSTRAINT tranche_version_rounding_unit_pence_check CHECK (rounding_unit_pence > 0)
);

CREATE TABLE bid (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT bid_pkey PRIMARY KEY (id),
  CONSTRAINT bid_reference_key UNIQUE (reference),
  CONSTRAINT bid_version_check CHECK (version >= 1)
);

-- `lead_provider_id` names a provider; providers belong to another capability, so no key holds it.
CREATE TABLE bid_version (
  bid_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL,
  title TEXT NOT NULL,
  funding_source_id UUID,
  fund_id UUID,
  lead_applicant TEXT NOT NULL,
  lead_provider_id UUID,
  opcc_role TEXT NOT NULL,
  round INTEGER,
  requested_pence BIGINT,
  awarded_pence BIGINT,
  submitted_on DATE,
  decided_on DATE,
  budget_line_id UUID,
  reason TEXT,
  figure_status TEXT NOT NULL,
  precision TEXT,
  rounding_unit_pence BIGINT,
  qualifier TEXT,
  illustrative BOOLEAN NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT bid_version_pkey PRIMARY KEY (bid_id, version),
  CONSTRAINT bid_version_bid_id_fkey FOREIGN KEY (bid_id) REFERENCES bid (id),
  CONSTRAINT bid_version_funding_source_id_fkey FOREIGN KEY (funding_source_id) REFERENCES funding_source (id),
  CONSTRAINT bid_version_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT bid_version_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT bid_version_state_check CHECK (state IN ('drafting', 'submitted', 'successful', 'unsuccessful', 'withdrawn')),
  CONSTRAINT bid_version_opcc_role_check CHECK (opcc_role IN ('lead', 'supporter')),
  CONSTRAINT bid_version_round_check CHECK (round >= 1),
  CONSTRAINT bid_version_requested_pence_check CHECK (requested_pence >= 0),
  CONSTRAINT bid_version_awarded_pence_check CHECK (awarded_pence >= 0),
  CONSTRAINT bid_version_decided_on_check CHECK (submitted_on IS NULL OR decided_on IS NULL OR submitted_on <= decided_on),
  CONSTRAINT bid_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT bid_version_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  CONSTRAINT bid_version_rounding_unit_pence_check CHECK (rounding_unit_pence > 0)
);
CREATE INDEX bid_version_funding_source_id ON bid_version (funding_source_id);
CREATE INDEX bid_version_fund_id ON bid_version (fund_id);

CREATE TABLE bid_area (
  bid_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  area_id UUID NOT NULL,
  CONSTRAINT bid_area_pkey PRIMARY KEY (bid_id, version, position),
  CONSTRAINT bid_area_version_fkey FOREIGN KEY (bid_id, version) REFERENCES bid_version (bid_id, version),
  CONSTRAINT bid_area_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id)
);
CREATE INDEX bid_area_area_id ON bid_area (area_id);

CREATE TABLE bid_gate (
  bid_id UUID NOT NULL,
  version INTEGER NOT NULL,
  number INTEGER NOT NULL,
  name TEXT,
  passed BOOLEAN NOT NULL,
  passed_on DATE,
  CONSTRAINT bid_gate_pkey PRIMARY KEY (bid_id, version, number),
  CONSTRAINT bid_gate_version_fkey FOREIGN KEY (bid_id, version) REFERENCES bid_version (bid_id, version),
  CONSTRAINT bid_gate_number_check CHECK (number >= 1),
  CONSTRAINT bid_gate_passed_on_check CHECK (passed_on IS NULL OR passed)
);
