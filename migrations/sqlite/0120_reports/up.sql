-- Figures printed elsewhere, which move no money, and control totals: printed figures to hold against what is computed here.
-- Each record is an identity row, whose version alone is ever updated, and version rows that are only added.
CREATE TABLE figure (
  id BLOB NOT NULL,
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT figure_pkey PRIMARY KEY (id),
  CONSTRAINT figure_code_key UNIQUE (code),
  CONSTRAINT figure_version_check CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

-- A figure is money (the columns in pence) or a number in its unit (the columns in thousandths).
CREATE TABLE figure_version (
  figure_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  series TEXT,
  kind TEXT NOT NULL,
  subject TEXT,
  indicator_id BLOB,
  fund_id BLOB,
  programme_id BLOB,
  source_id BLOB,
  area_id BLOB,
  period TEXT,
  starts_on TEXT,
  ends_on TEXT,
  as_at TEXT,
  unit TEXT NOT NULL,
  amount_pence INTEGER,
  amount_high_pence INTEGER,
  rounding_unit_pence INTEGER,
  value_thousandths INTEGER,
  value_high_thousandths INTEGER,
  rounding_unit_thousandths INTEGER,
  basis TEXT,
  figure_status TEXT NOT NULL,
  precision TEXT,
  qualifier TEXT,
  note TEXT,
  illustrative INTEGER NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT figure_version_pkey PRIMARY KEY (figure_id, version),
  CONSTRAINT figure_version_figure_id_fkey FOREIGN KEY (figure_id) REFERENCES figure (id),
  CONSTRAINT figure_version_indicator_id_fkey FOREIGN KEY (indicator_id) REFERENCES indicator (id),
  CONSTRAINT figure_version_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT figure_version_programme_id_fkey FOREIGN KEY (programme_id) REFERENCES programme (id),
  CONSTRAINT figure_version_source_id_fkey FOREIGN KEY (source_id) REFERENCES funding_source (id),
  CONSTRAINT figure_version_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id),
  CONSTRAINT figure_version_kind_check CHECK (kind IN ('indicator', 'expenditure', 'award_total', 'budget_total', 'cost', 'saving', 'receipt',
    'reserve_level', 'national_pot')),
  CONSTRAINT figure_version_value_check CHECK ((amount_pence IS NULL) <> (value_thousandths IS NULL)),
  CONSTRAINT figure_version_ends_on_check CHECK (starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on),
  CONSTRAINT figure_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT figure_version_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate'))
) STRICT, WITHOUT ROWID;
CREATE INDEX figure_version_kind ON figure_version (kind);
CREATE INDEX figure_version_series ON figure_version (series);
CREATE INDEX figure_version_indicator_id ON figure_version (indicator_id);

CREATE TABLE control_total (
  id BLOB NOT NULL,
  code TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT control_total_pkey PRIMARY KEY (id),
  CONSTRAINT control_total_code_key UNIQUE (code),
  CONSTRAINT control_total_version_check CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

-- `as_at` and `known_at` fix the question that the printed figure answers; where they are empty, those asked for hold.
CREATE TABLE control_total_version (
  control_total_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  measure TEXT NOT NULL,
  scope_kind TEXT NOT NULL,
  as_at TEXT,
  known_at INTEGER,
  printed_pence INTEGER,
  printed_thousandths INTEGER,
  rounding_unit_pence INTEGER,
  rounding_unit_thousandths INTEGER,
  rows_count INTEGER,
  figure_status TEXT NOT NULL,
  precision TEXT,
  qualifier TEXT,
  note TEXT,
  illustrative INTEGER NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT control_total_version_pkey PRIMARY KEY (control_total_id, version),
  CONSTRAINT control_total_version_control_total_id_fkey FOREIGN KEY (control_total_id) REFERENCES control_total (id),
  CONSTRAINT control_total_version_measure_check CHECK (measure IN ('committed', 'budgeted', 'sum')),
  CONSTRAINT control_total_version_scope_kind_check CHECK (scope_kind IN ('tranche', 'fund_period', 'series', 'indicator')),
  CONSTRAINT control_total_version_printed_check CHECK ((printed_pence IS NULL) <> (printed_thousandths IS NULL)),
  CONSTRAINT control_total_version_rows_count_check CHECK (rows_count >= 0),
  CONSTRAINT control_total_version_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT control_total_version_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate'))
) STRICT, WITHOUT ROWID;

-- What is added up: records of the version's kind, or series of figures.
CREATE TABLE control_total_scope (
  control_total_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  record_id BLOB,
  series TEXT,
  CONSTRAINT control_total_scope_pkey PRIMARY KEY (control_total_id, version, position),
  CONSTRAINT control_total_scope_version_fkey FOREIGN KEY (control_total_id, version) REFERENCES control_total_version (control_total_id, version),
  CONSTRAINT control_total_scope_record_id_check CHECK ((record_id IS NULL) <> (series IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX control_total_scope_record_id ON control_total_scope (record_id);
