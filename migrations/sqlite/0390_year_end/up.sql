-- Up to which day the money of a fund period is locked. The ledger asks this for every movement.
CREATE TABLE ledger_lock (
  fund_period_id BLOB NOT NULL,
  locked_to TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT ledger_lock_pkey PRIMARY KEY (fund_period_id),
  CONSTRAINT ledger_lock_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
) STRICT, WITHOUT ROWID;

-- That a movement of a later day corrects one of a locked year.
CREATE TABLE ledger_correction (
  transfer_id BLOB NOT NULL,
  corrects_id BLOB NOT NULL,
  fund_period_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  noted_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT ledger_correction_pkey PRIMARY KEY (transfer_id),
  CONSTRAINT ledger_correction_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES ledger_transfer (id),
  CONSTRAINT ledger_correction_corrects_id_fkey FOREIGN KEY (corrects_id) REFERENCES ledger_transfer (id),
  CONSTRAINT ledger_correction_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_correction_fund_period_id ON ledger_correction (fund_period_id, transfer_id);

-- How far the end of a fund period's year has come: a row for each stage that was taken.
CREATE TABLE year_end_stage (
  fund_period_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  stage TEXT NOT NULL,
  taken_on TEXT NOT NULL,
  cut_off_on TEXT NOT NULL,
  taken_by BLOB,
  taken_by_name TEXT NOT NULL,
  note TEXT,
  CONSTRAINT year_end_stage_pkey PRIMARY KEY (fund_period_id, number),
  CONSTRAINT year_end_stage_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT year_end_stage_stage_check CHECK (stage IN ('cut_off', 'provisional', 'final', 'audited'))
) STRICT, WITHOUT ROWID;

-- What an award is expected to have spent by the end of the year, in all. Never changed; a later one counts in place of it.
CREATE TABLE year_end_estimate (
  award_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  fund_period_id BLOB NOT NULL,
  amount_pence INTEGER NOT NULL,
  given_on TEXT NOT NULL,
  given_by BLOB,
  given_by_name TEXT NOT NULL,
  on_behalf INTEGER NOT NULL,
  note TEXT,
  CONSTRAINT year_end_estimate_pkey PRIMARY KEY (award_id, version),
  CONSTRAINT year_end_estimate_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT year_end_estimate_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT year_end_estimate_amount_pence_check CHECK (amount_pence >= 0)
) STRICT, WITHOUT ROWID;

-- Journals of a year's end: proposed, approved, exported. A reversal names what it reverses.
CREATE TABLE year_end_journal (
  id BLOB NOT NULL,
  reference TEXT NOT NULL,
  fund_period_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  journal_on TEXT NOT NULL,
  accounts TEXT NOT NULL,
  reversal_of BLOB,
  CONSTRAINT year_end_journal_pkey PRIMARY KEY (id),
  CONSTRAINT year_end_journal_reference_key UNIQUE (reference),
  CONSTRAINT year_end_journal_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id),
  CONSTRAINT year_end_journal_reversal_of_fkey FOREIGN KEY (reversal_of) REFERENCES year_end_journal (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX year_end_journal_fund_period_id ON year_end_journal (fund_period_id, id);

CREATE TABLE year_end_journal_step (
  journal_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  taken_on TEXT NOT NULL,
  taken_by BLOB,
  taken_by_name TEXT NOT NULL,
  CONSTRAINT year_end_journal_step_pkey PRIMARY KEY (journal_id, number),
  CONSTRAINT year_end_journal_step_journal_id_fkey FOREIGN KEY (journal_id) REFERENCES year_end_journal (id),
  CONSTRAINT year_end_journal_step_state_check CHECK (state IN ('proposed', 'approved', 'exported'))
) STRICT, WITHOUT ROWID;

-- What was approved. Below nothing where an earlier journal said too much.
CREATE TABLE year_end_journal_line (
  journal_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  award_id BLOB NOT NULL,
  budget_line_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  basis TEXT NOT NULL,
  amount_pence INTEGER NOT NULL,
  CONSTRAINT year_end_journal_line_pkey PRIMARY KEY (journal_id, position),
  CONSTRAINT year_end_journal_line_journal_id_fkey FOREIGN KEY (journal_id) REFERENCES year_end_journal (id),
  CONSTRAINT year_end_journal_line_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT year_end_journal_line_budget_line_id_fkey FOREIGN KEY (budget_line_id) REFERENCES budget_line (id),
  CONSTRAINT year_end_journal_line_kind_check CHECK (kind IN ('accrual', 'prepayment', 'debtor'))
) STRICT, WITHOUT ROWID;

-- The file of a journal, as it left. Never changed; the hash is of its bytes.
CREATE TABLE year_end_journal_file (
  journal_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  file TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  CONSTRAINT year_end_journal_file_pkey PRIMARY KEY (journal_id),
  CONSTRAINT year_end_journal_file_journal_id_fkey FOREIGN KEY (journal_id) REFERENCES year_end_journal (id)
) STRICT, WITHOUT ROWID;

-- What becomes of unspent money: one decision with many lines.
CREATE TABLE year_end_decision (
  id BLOB NOT NULL,
  fund_period_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  decided_by BLOB,
  decided_by_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  CONSTRAINT year_end_decision_pkey PRIMARY KEY (id),
  CONSTRAINT year_end_decision_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX year_end_decision_fund_period_id ON year_end_decision (fund_period_id, id);

CREATE TABLE year_end_decision_line (
  decision_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  budget_line_id BLOB NOT NULL,
  award_id BLOB,
  money TEXT NOT NULL,
  decision TEXT NOT NULL,
  amount_pence INTEGER NOT NULL,
  to_budget_line_id BLOB,
  consent_document_id BLOB,
  transfer_id BLOB,
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
) STRICT, WITHOUT ROWID;

-- The closing statement of a fund period, as it stood when its year was made final. Never changed.
CREATE TABLE year_end_statement (
  fund_period_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  statement TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  CONSTRAINT year_end_statement_pkey PRIMARY KEY (fund_period_id),
  CONSTRAINT year_end_statement_fund_period_id_fkey FOREIGN KEY (fund_period_id) REFERENCES fund_period (id)
) STRICT, WITHOUT ROWID;
