-- What a return says of the service beside spend and values; a number that is null is not reported, and nought is one.
CREATE TABLE return_service (
  return_id UUID NOT NULL,
  content_no INTEGER NOT NULL,
  is_forecast_given BOOLEAN NOT NULL,
  brought_forward BIGINT,
  new_cases BIGINT,
  closed_cases BIGINT,
  carried_forward BIGINT,
  delivery_mode TEXT CONSTRAINT return_service_delivery_mode_check CHECK (delivery_mode IN ('in_person', 'remote', 'blended')),
  staffing_note TEXT,
  posts_filled_thousandths BIGINT,
  posts_vacant_thousandths BIGINT,
  sickness_days_thousandths BIGINT,
  people_waiting BIGINT,
  longest_wait_days BIGINT,
  capacity_unit TEXT,
  capacity_contracted_thousandths BIGINT,
  capacity_used_thousandths BIGINT,
  capacity_spare_thousandths BIGINT,
  onward_grants_number BIGINT,
  onward_grants_pence BIGINT,
  case_study TEXT,
  CONSTRAINT return_service_pkey PRIMARY KEY (return_id, content_no),
  CONSTRAINT return_service_return_id_content_no_fkey FOREIGN KEY (return_id, content_no) REFERENCES return_content (return_id, content_no)
);

-- What is expected to be spent in quarters still to come. A content without a forecast leaves the latest one before it in force.
CREATE TABLE return_forecast (
  return_id UUID NOT NULL,
  content_no INTEGER NOT NULL,
  position INTEGER NOT NULL,
  quarter TEXT NOT NULL,
  amount_pence BIGINT NOT NULL CONSTRAINT return_forecast_amount_pence_check CHECK (amount_pence >= 0),
  CONSTRAINT return_forecast_pkey PRIMARY KEY (return_id, content_no, position),
  CONSTRAINT return_forecast_return_id_content_no_fkey FOREIGN KEY (return_id, content_no) REFERENCES return_content (return_id, content_no)
);

-- Why a warning stands although it is right.
CREATE TABLE return_explanation (
  return_id UUID NOT NULL,
  content_no INTEGER NOT NULL,
  position INTEGER NOT NULL,
  rule TEXT NOT NULL,
  pointer TEXT NOT NULL,
  text TEXT NOT NULL,
  CONSTRAINT return_explanation_pkey PRIMARY KEY (return_id, content_no, position),
  CONSTRAINT return_explanation_return_id_content_no_fkey FOREIGN KEY (return_id, content_no) REFERENCES return_content (return_id, content_no)
);
