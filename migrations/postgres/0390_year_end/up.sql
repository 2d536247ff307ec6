-- Up to which day the money of a fund period is locked. The ledger asks this for every movement.
CREATE TABLE ledger_lock (
  fund_period_id UUID NOT NULL,
  locked_to DATE NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT ledger_lock_pkey PRIMARY KEY (fund_period_id),
  CONSTRAINT ledger_lock_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
);

-- That a movement of a later day corrects one of a locked year.
CREATE TABLE ledger_correction (
  transfer_id UUID NOT NULL,
  corrects_id UUID NOT NULL,
  fund_period_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  noted_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT ledger_correction_pkey PRIMARY KEY (transfer_id),
  CONSTRAINT ledger_correction_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ledger_transfer (id),
  CONSTRAINT ledger_correction_corrects_id_fkey FOREIGN KEY (corrects_id) REFERENCES ledger_transfer (id),
  CONSTRAINT ledger_correction_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
);
CREATE INDEX ledger_correction_fund_period_id ON ledger_correction (fund_period_id, transfer_id);

-- How far the end of a fund period's year has come: a row for each stage that was taken.
CREATE TABLE year_end_stage (
  fund_period_id UUID NOT NULL,
  number INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  stage TEXT NOT NULL,
  taken_on DATE NOT NULL,
  cut_off_on DATE NOT NULL,
  taken_by UUID,
  taken_by_name TEXT NOT NULL,
  note TEXT,
  CONSTRAINT year_end_stage_pkey PRIMARY KEY (fund_period_id, number),
  CONSTRAINT year_end_stage_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT year_end_stage_stage_check CHECK (stage IN ('cut_off', 'provisional', 'final', 'audited'))
);

-- What an award is expected to have spent by the end of the year, in all. Never changed; a later one counts in place of it.
CREATE TABLE year_end_estimate (
  award_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  fund_period_id UUID NOT NULL,
  amount_pence BIGINT NOT NULL,
  given_on DATE NOT NULL,
  given_by UUID,
  given_by_name TEXT NOT NULL,
  on_behalf BOOLEAN NOT NULL,
  note TEXT,
  CONSTRAINT year_end_estimate_pkey PRIMARY KEY (award_id, version),
  CONSTRAINT year_end_estimate_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT year_end_estimate_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT year_end_estimate_amount_pence_check CHECK (amount_pence >= 0)
);

-- Journals of a year's end: proposed, approved, exported. A reversal names what it reverses.
CREATE TABLE year_end_journal (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  fund_period_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  journal_on DATE NOT NULL,
  accounts TEXT NOT NULL,
  reversal_of UUID,
  CONSTRAINT year_end_journal_pkey PRIMARY KEY (id),
  CONSTRAINT year_end_journal_reference_key UNIQUE (reference),
  CONSTRAINT year_end_journal_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT year_end_journal_reversal_of_fkey FOREIGN KEY (reversal_of) REFERENCES year_end_journal (id)
);
CREATE INDEX year_end_journal_fund_period_id ON year_end_journal (fund_period_id, id);

CREATE TABLE year_end_journal_step (
  journal_id UUID NOT NULL,
  number INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL,
  taken_on DATE NOT NULL,
  taken_by UUID,
  taken_by_name TEXT NOT NULL,
  CONSTRAINT year_end_journal_step_pkey PRIMARY KEY (journal_id, number),
  CONSTRAINT year_end_journal_step_journal_id_fkey FOREIGN KEY (journal_id) REFERENCES year_end_journal (id),
  CONSTRAINT year_end_journal_step_state_check CHECK (state IN ('proposed', 'approved', 'exported'))
);

-- What was approved. Below nothing where an earlier journal said too much.
CREATE TABLE year_end_journal_line (
  journal_id UUID NOT NULL,
  position INTEGER NOT NULL,
  award_id UUID NOT NULL,
  budget_line_id UUID NOT NULL,
  kind TEXT NOT NULL,
  basis TEXT NOT NULL,
  amount_pence BIGINT NOT NULL,
  CONSTRAINT year_end_journal_line_pkey PRIMARY KEY (journal_id, position),
  CONSTRAINT year_end_journal_line_journal_id_fkey FOREIGN KEY (journal_id) REFERENCES year_end_journal (id),
  CONSTRAINT year_end_journal_line_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT year_end_journal_line_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT year_end_journal_line_kind_check CHECK (kind IN ('accrual', 'prepayment', 'debtor'))
);

-- The file of a journal, as it left. Never changed; the hash is of its bytes.
CREATE TABLE year_end_journal_file (
  journal_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  file TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  CONSTRAINT year_end_journal_file_pkey PRIMARY KEY (journal_id),
  CONSTRAINT year_end_journal_file_journal_id_fkey FOREIGN KEY (journal_id) REFERENCES year_end_journal (id)
);

-- What becomes of unspent money: one decision with many lines.
CREATE TABLE year_end_decision (
  id UUID NOT NULL,
  fund_period_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  decided_by UUID,
  decided_by_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT year_end_decision_pkey PRIMARY KEY (id),
  CONSTRAINT year_end_decision_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
);
CREATE INDEX year_end_decision_fund_period_id ON year_end_decision (fund_period_id, id);

CREATE TABLE year_end_decision_line (
  decision_id UUID NOT NULL,
  position INTEGER NOT NULL,
  budget_line_id UUID NOT NULL,
  award_id UUID,
  money TEXT NOT NULL,
  decision TEXT NOT NULL,
  amount_pence BIGINT NOT NULL,
  to_budget_line_id UUID,
  consent_document_id UUID,
  transfer_id UUID,
  CONSTRAINT year_end_decision_line_pkey PRIMARY KEY (decision_id, position),
  CONSTRAINT year_end_decision_line_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES year_end_decision (id),
  CONSTRAINT year_end_decision_line_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT year_end_decision_line_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT year_end_decision_line_to_budget_line_id_fkey FOREIGN KEY (to_budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT year_end_decision_line_consent_document_id_fkey FOREIGN KEY (consent_document_id) REFERENCES document (id),
  CONSTRAINT year_end_decision_line_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ledger_transfer (id),
  CONSTRAINT year_end_decision_line_money_check CHECK (money IN ('on_line', 'released', 'with_provider')),
  CONSTRAINT year_end_decision_line_decision_check CHECK (decision IN ('return_to_funder', 'carry_forward', 'recycle')),
  CONSTRAINT year_end_decision_line_amount_pence_check CHECK (amount_pence > 0)
);

-- The closing statement of a fund period, as it stood when its year was made final. Never changed.
CREATE TABLE year_end_statement (
  fund_period_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  statement TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  CONSTRAINT year_end_statement_pkey PRIMARY KEY (fund_period_id),
  CONSTRAINT year_end_statement_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
);
