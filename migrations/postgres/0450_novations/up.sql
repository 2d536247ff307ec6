-- Which body is party to an agreement: kept with each version of the terms, so that the versions before a novation name the body of their time.
ALTER TABLE award_terms ADD COLUMN commissioning_body_id UUID CONSTRAINT award_terms_commissioning_body_id_fkey REFERENCES commissioning_body (id);
-- The novation that made a version of the terms.
ALTER TABLE award_terms ADD COLUMN novation_id UUID;
UPDATE award_terms SET commissioning_body_id = (
  SELECT fund_version.body_id FROM fund_period
  JOIN fund ON fund.id = fund_period.fund_id
  JOIN fund_version ON fund_version.fund_id = fund.id AND fund_version.version = fund.version
  WHERE fund_period.id = award_terms.fund_period_id);

-- Who was party to an agreement until a novation passed it on: up to which version of it they read. A provider that becomes party again has none.
CREATE TABLE award_former_party (
  award_id UUID NOT NULL,
  provider_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  version INTEGER NOT NULL,
  terms_no INTEGER NOT NULL,
  until_on DATE NOT NULL,
  novation_id UUID NOT NULL,
  CONSTRAINT award_former_party_pkey PRIMARY KEY (award_id, provider_id),
  CONSTRAINT award_former_party_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT award_former_party_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id)
);
CREATE INDEX award_former_party_provider_id ON award_former_party (provider_id, award_id);

-- Providers that read a file beside the one that its record is with now.
CREATE TABLE document_reader (
  document_id UUID NOT NULL,
  provider_id UUID NOT NULL,
  CONSTRAINT document_reader_pkey PRIMARY KEY (document_id, provider_id),
  CONSTRAINT document_reader_document_id_fkey FOREIGN KEY (document_id) REFERENCES document (id),
  CONSTRAINT document_reader_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id)
);

-- A novation: all agreements of a provider or of a commissioning body pass to a successor on a day.
CREATE TABLE novation (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT novation_pkey PRIMARY KEY (id),
  CONSTRAINT novation_number_key UNIQUE (number)
);

CREATE TABLE novation_version (
  novation_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  effective_on DATE NOT NULL,
  state TEXT NOT NULL,
  kind TEXT NOT NULL,
  from_id UUID NOT NULL,
  to_id UUID NOT NULL,
  from_ceased BOOLEAN NOT NULL,
  skip_refused BOOLEAN NOT NULL,
  reason TEXT NOT NULL,
  chosen TEXT NOT NULL,
  drafted_by_id UUID,
  drafted_by TEXT NOT NULL,
  issued_on DATE,
  issued_by_id UUID,
  issued_by TEXT,
  to_accepted_on DATE,
  to_accepted_by TEXT,
  from_accepted_on DATE,
  from_accepted_by TEXT,
  to_accepted_on_behalf_by TEXT,
  to_signed_by TEXT,
  to_signed_document_id UUID,
  from_accepted_on_behalf_by TEXT,
  from_signed_by TEXT,
  from_signed_document_id UUID,
  applied_on DATE,
  note TEXT,
  CONSTRAINT novation_version_pkey PRIMARY KEY (novation_id, version),
  CONSTRAINT novation_version_novation_id_fkey FOREIGN KEY (novation_id) REFERENCES novation (id),
  CONSTRAINT novation_version_state_check CHECK (state IN ('draft', 'issued', 'accepted', 'applied', 'refused', 'withdrawn')),
  CONSTRAINT novation_version_kind_check CHECK (kind IN ('provider', 'commissioning_body'))
);
CREATE INDEX novation_version_to_id ON novation_version (to_id, novation_id);
CREATE INDEX novation_version_from_id ON novation_version (from_id, novation_id);

-- The agreements that a novation passes on, from its issue on; those left out say why.
CREATE TABLE novation_award (
  novation_id UUID NOT NULL,
  award_id UUID NOT NULL,
  before_no INTEGER NOT NULL,
  after_no INTEGER,
  left_out TEXT,
  CONSTRAINT novation_award_pkey PRIMARY KEY (novation_id, award_id),
  CONSTRAINT novation_award_novation_id_fkey FOREIGN KEY (novation_id) REFERENCES novation (id),
  CONSTRAINT novation_award_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id)
);
CREATE INDEX novation_award_award_id ON novation_award (award_id, novation_id);

-- What a letter of a novation to a provider says, fixed when it is issued; the file of it once it is made, under its SHA-256; and when that provider was last reminded.
CREATE TABLE novation_letter (
  id UUID NOT NULL,
  novation_id UUID NOT NULL,
  provider_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  sheet TEXT NOT NULL,
  reminded_on DATE,
  document_id UUID,
  sha256 TEXT,
  size_bytes BIGINT,
  pages INTEGER,
  made_at TIMESTAMPTZ,
  CONSTRAINT novation_letter_pkey PRIMARY KEY (id),
  CONSTRAINT novation_letter_novation_id_key UNIQUE (novation_id, provider_id),
  CONSTRAINT novation_letter_novation_id_fkey FOREIGN KEY (novation_id) REFERENCES novation (id),
  CONSTRAINT novation_letter_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id),
  CONSTRAINT novation_letter_document_id_fkey FOREIGN KEY (document_id) REFERENCES document (id),
  CONSTRAINT novation_letter_made_check CHECK (
    (document_id IS NULL) = (sha256 IS NULL) AND (document_id IS NULL) = (size_bytes IS NULL) AND (document_id IS NULL) = (pages IS NULL)
    AND (document_id IS NULL) = (made_at IS NULL)
  )
);
CREATE INDEX novation_letter_waiting ON novation_letter (id) WHERE document_id IS NULL;
