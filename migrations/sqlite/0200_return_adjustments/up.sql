-- Corrections of accepted returns: differences, counted in later days. The accepted return stays as it is.
CREATE TABLE return_adjustment (
  id BLOB NOT NULL CONSTRAINT return_adjustment_pkey PRIMARY KEY,
  return_id BLOB NOT NULL CONSTRAINT return_adjustment_return_id_fkey REFERENCES quarterly_return (id),
  recorded_at INTEGER NOT NULL,
  effective_on TEXT NOT NULL,
  counted_in_id BLOB CONSTRAINT return_adjustment_counted_in_id_fkey REFERENCES quarterly_return (id),
  period TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  reason TEXT NOT NULL,
  made_by TEXT NOT NULL,
  CONSTRAINT return_adjustment_ends_on_check CHECK (ends_on >= starts_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX return_adjustment_return_id_id ON return_adjustment (return_id, id);

CREATE TABLE return_adjustment_spend (
  adjustment_id BLOB NOT NULL CONSTRAINT return_adjustment_spend_adjustment_id_fkey REFERENCES return_adjustment (id),
  position INTEGER NOT NULL,
  category TEXT NOT NULL,
  direct_activity INTEGER NOT NULL,
  before_pence INTEGER NOT NULL,
  amount_pence INTEGER NOT NULL CONSTRAINT return_adjustment_spend_amount_pence_check CHECK (amount_pence <> 0 AND before_pence + amount_pence >= 0),
  CONSTRAINT return_adjustment_spend_pkey PRIMARY KEY (adjustment_id, position)
) STRICT, WITHOUT ROWID;

-- What stood before is empty where nothing was reported: a difference then is the first value.
CREATE TABLE return_adjustment_value (
  adjustment_id BLOB NOT NULL CONSTRAINT return_adjustment_value_adjustment_id_fkey REFERENCES return_adjustment (id),
  position INTEGER NOT NULL,
  indicator_id BLOB NOT NULL CONSTRAINT return_adjustment_value_indicator_id_fkey REFERENCES indicator (id),
  area_id BLOB CONSTRAINT return_adjustment_value_area_id_fkey REFERENCES area (id),
  before_thousandths INTEGER,
  before_denominator_thousandths INTEGER,
  value_thousandths INTEGER NOT NULL,
  denominator_thousandths INTEGER,
  CONSTRAINT return_adjustment_value_pkey PRIMARY KEY (adjustment_id, position)
) STRICT, WITHOUT ROWID;
