-- Due-diligence checks of providers. A check is never changed: the next one of its kind takes its place.
CREATE TABLE provider_check (
  id UUID NOT NULL,
  provider_id UUID NOT NULL,
  reference TEXT NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  checked_on DATE NOT NULL,
  expires_on DATE,
  supplier_number TEXT,
  evidence TEXT,
  remark TEXT,
  recorded_by UUID,
  recorded_by_name TEXT NOT NULL,
  CONSTRAINT provider_check_pkey PRIMARY KEY (id),
  CONSTRAINT provider_check_reference_key UNIQUE (reference),
  CONSTRAINT provider_check_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id),
  CONSTRAINT provider_check_kind_check CHECK (kind IN ('registration', 'accounts', 'insurance', 'safeguarding_policy', 'supplier_number')),
  CONSTRAINT provider_check_outcome_check CHECK (outcome IN ('passed', 'failed')),
  CONSTRAINT provider_check_supplier_number_check CHECK (supplier_number IS NULL OR kind = 'supplier_number'),
  CONSTRAINT provider_check_expires_on_check CHECK (expires_on IS NULL OR checked_on <= expires_on)
);
CREATE INDEX provider_check_provider_id ON provider_check (provider_id, id);
CREATE INDEX provider_check_kind ON provider_check (provider_id, kind, checked_on);
