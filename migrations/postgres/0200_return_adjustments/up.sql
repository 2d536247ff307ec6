-- Corrections of accepted returns: differences, counted in later days. The accepted return stays as it is.
CREATE TABLE return_adjustment (
  id UUID NOT NULL CONSTRAINT return_adjustment_pkey PRIMARY KEY,
  return_id UUID NOT NULL CONSTRAINT return_adjustment_return_id_fkey REFERENCES quarterly_return (id),
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  counted_in_id UUID CONSTRAINT return_adjustment_counted_in_id_fkey REFERENCES quarterly_return (id),
  period TEXT NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  reason TEXT NOT NULL,
  made_by TEXT NOT NULL,
  CONSTRAINT return_adjustment_ends_on_check CHECK (ends_on >= starts_on)
);
CREATE INDEX return_adjustment_return_id_id ON return_adjustment (return_id, id);

CREATE TABLE return_adjustment_spend (
  adjustment_id UUID NOT NULL CONSTRAINT return_adjustment_spend_adjustment_id_fkey REFERENCES return_adjustment (id),
  position INTEGER NOT NULL,
  category TEXT NOT NULL,
  direct_activity BOOLEAN NOT NULL,
  before_pence BIGINT NOT NULL,
  amount_pence BIGINT NOT NULL CONSTRAINT return_adjustment_spend_amount_pence_check CHECK (amount_pence <> 0 AND before_pence + amount_pence >= 0),
  CONSTRAINT return_adjustment_spend_pkey PRIMARY KEY (adjustment_id, position)
);

-- What stood before is empty where nothing was reported: a difference then is the first value.
CREATE TABLE return_adjustment_value (
  adjustment_id UUID NOT NULL CONSTRAINT return_adjustment_value_adjustment_id_fkey REFERENCES return_adjustment (id),
  position INTEGER NOT NULL,
  indicator_id UUID NOT NULL CONSTRAINT return_adjustment_value_indicator_id_fkey REFERENCES indicator (id),
  area_id UUID CONSTRAINT return_adjustment_value_area_id_fkey REFERENCES area (id),
  before_thousandths BIGINT,
  before_denominator_thousandths BIGINT,
  value_thousandths BIGINT NOT NULL,
  denominator_thousandths BIGINT,
  CONSTRAINT return_adjustment_value_pkey PRIMARY KEY (adjustment_id, position)
);
