-- Indicators: what is counted, with targets by period and area (R69, R70, R77).
CREATE TABLE indicator (
  id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT indicator_pkey PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE indicator_version (
  indicator_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT,
  kind TEXT NOT NULL,
  unit TEXT NOT NULL,
  direction TEXT NOT NULL,
  basis TEXT,
  baseline_thousandths INTEGER,
  adds_over_time TEXT NOT NULL,
  adds_over_areas TEXT NOT NULL,
  programme_id BLOB,
  fund_id BLOB,
  illustrative INTEGER NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  note TEXT,
  CONSTRAINT indicator_version_pkey PRIMARY KEY (indicator_id, version),
  CONSTRAINT indicator_version_indicator_id_fkey FOREIGN KEY (indicator_id) REFERENCES indicator (id),
  CONSTRAINT indicator_version_programme_id_fkey FOREIGN KEY (programme_id) REFERENCES programme (id),
  CONSTRAINT indicator_version_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES fund (id),
  CONSTRAINT indicator_version_kind_check CHECK (kind IN ('output', 'outcome', 'demographic', 'service_level', 'context')),
  CONSTRAINT indicator_version_direction_check CHECK (direction IN ('higher', 'lower', 'neutral')),
  CONSTRAINT indicator_version_adds_over_time_check CHECK (adds_over_time IN ('sum', 'latest', 'maximum', 'average', 'none')),
  CONSTRAINT indicator_version_adds_over_areas_check CHECK (adds_over_areas IN ('sum', 'maximum', 'average', 'none'))
) STRICT, WITHOUT ROWID;

CREATE TABLE indicator_award (
  indicator_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  award_id BLOB NOT NULL,
  CONSTRAINT indicator_award_pkey PRIMARY KEY (indicator_id, version, award_id),
  CONSTRAINT indicator_award_indicator_id_version_fkey FOREIGN KEY (indicator_id, version) REFERENCES indicator_version (indicator_id, version),
  CONSTRAINT indicator_award_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX indicator_award_award_id ON indicator_award (award_id);

CREATE TABLE indicator_framework_code (
  indicator_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  framework TEXT NOT NULL,
  code TEXT NOT NULL,
  CONSTRAINT indicator_framework_code_pkey PRIMARY KEY (indicator_id, version, framework, code),
  CONSTRAINT indicator_framework_code_indicator_id_version_fkey FOREIGN KEY (indicator_id, version) REFERENCES indicator_version (indicator_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE indicator_target (
  indicator_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  area_id BLOB,
  period TEXT NOT NULL,
  starts_on TEXT,
  ends_on TEXT,
  target_thousandths INTEGER NOT NULL,
  figure_status TEXT NOT NULL,
  precision TEXT,
  rounding_unit_thousandths INTEGER,
  qualifier TEXT,
  illustrative INTEGER NOT NULL,
  not_evidenced TEXT NOT NULL,
  evidence TEXT,
  CONSTRAINT indicator_target_pkey PRIMARY KEY (indicator_id, version, position),
  CONSTRAINT indicator_target_indicator_id_version_fkey FOREIGN KEY (indicator_id, version) REFERENCES indicator_version (indicator_id, version),
  CONSTRAINT indicator_target_area_id_fkey FOREIGN KEY (area_id) REFERENCES area (id),
  CONSTRAINT indicator_target_figure_status_check CHECK (figure_status IN ('forecast', 'midterm', 'provisional', 'final')),
  CONSTRAINT indicator_target_precision_check CHECK (precision IN ('exact_pence', 'exact_pounds', 'exact', 'rounded', 'approximate')),
  CONSTRAINT indicator_target_ends_on_check CHECK (ends_on >= starts_on)
) STRICT, WITHOUT ROWID;

-- Once values exist, how an indicator counts is fixed.
CREATE TABLE indicator_lock (
  indicator_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT indicator_lock_pkey PRIMARY KEY (indicator_id),
  CONSTRAINT indicator_lock_indicator_id_fkey FOREIGN KEY (indicator_id) REFERENCES indicator (id)
) STRICT, WITHOUT ROWID;
