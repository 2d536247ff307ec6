-- What of a budget line the body keeps for its own use (R12); empty where its source does not say. Only the rest can be commissioned.
ALTER TABLE budget_line_version ADD COLUMN internal_pence BIGINT
  CONSTRAINT budget_line_version_internal_pence_check CHECK (internal_pence BETWEEN 0 AND amount_pence);
UPDATE budget_line_version SET internal_pence = 0;
