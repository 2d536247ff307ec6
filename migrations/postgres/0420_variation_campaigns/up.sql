-- Campaigns: one change to many awards. `choice`, `change` and `formula` are JSON texts, kept as they were asked for. The words of
-- `kind` are the program's, since there will be more of them.
CREATE TABLE variation_campaign (
  id UUID NOT NULL,
  reference TEXT NOT NULL,
  number INTEGER NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  chosen_by TEXT NOT NULL,
  choice TEXT,
  change TEXT NOT NULL,
  formula TEXT,
  is_unilateral BOOLEAN NOT NULL,
  moves_money BOOLEAN NOT NULL,
  drafted_on DATE NOT NULL,
  drafted_by_id UUID,
  drafted_by TEXT NOT NULL,
  CONSTRAINT variation_campaign_pkey PRIMARY KEY (id),
  CONSTRAINT variation_campaign_reference_key UNIQUE (reference),
  CONSTRAINT variation_campaign_number_key UNIQUE (number),
  CONSTRAINT variation_campaign_chosen_by_check CHECK (chosen_by IN ('filter', 'awards', 'csv'))
);

CREATE TABLE variation_campaign_version (
  campaign_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL,
  issued_on DATE,
  issued_by_id UUID,
  issued_by TEXT,
  answer_due_on DATE,
  skips_refused BOOLEAN NOT NULL,
  live_awards_count INTEGER,
  note TEXT,
  CONSTRAINT variation_campaign_version_pkey PRIMARY KEY (campaign_id, version),
  CONSTRAINT variation_campaign_version_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES variation_campaign (id),
  CONSTRAINT variation_campaign_version_state_check CHECK (state IN ('draft', 'issued', 'withdrawn')),
  CONSTRAINT variation_campaign_version_live_awards_count_check CHECK (live_awards_count >= 0)
);

-- The awards that were chosen, for good. `change` is what a row of a file says for its award alone, as JSON.
CREATE TABLE variation_campaign_award (
  campaign_id UUID NOT NULL,
  place INTEGER NOT NULL,
  award_id UUID NOT NULL,
  source_row INTEGER,
  change TEXT,
  CONSTRAINT variation_campaign_award_pkey PRIMARY KEY (campaign_id, place),
  CONSTRAINT variation_campaign_award_campaign_id_award_id_key UNIQUE (campaign_id, award_id),
  CONSTRAINT variation_campaign_award_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES variation_campaign (id),
  CONSTRAINT variation_campaign_award_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id)
);

-- The variations that a campaign issued.
CREATE TABLE variation_campaign_variation (
  variation_id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  award_id UUID NOT NULL,
  CONSTRAINT variation_campaign_variation_pkey PRIMARY KEY (variation_id),
  CONSTRAINT variation_campaign_variation_campaign_id_award_id_key UNIQUE (campaign_id, award_id),
  CONSTRAINT variation_campaign_variation_variation_id_fkey FOREIGN KEY (variation_id) REFERENCES variation (id),
  CONSTRAINT variation_campaign_variation_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES variation_campaign (id),
  CONSTRAINT variation_campaign_variation_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id)
);

-- The awards that were left out when a campaign was issued, since they could not be varied. `reasons` is a JSON list.
CREATE TABLE variation_campaign_left_out (
  campaign_id UUID NOT NULL,
  award_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  reasons TEXT NOT NULL,
  CONSTRAINT variation_campaign_left_out_pkey PRIMARY KEY (campaign_id, award_id),
  CONSTRAINT variation_campaign_left_out_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES variation_campaign (id),
  CONSTRAINT variation_campaign_left_out_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id)
);

-- On which days a provider was reminded of a variation that waits for its answer: once a day at the most.
CREATE TABLE variation_reminder (
  variation_id UUID NOT NULL,
  reminded_on DATE NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT variation_reminder_pkey PRIMARY KEY (variation_id, reminded_on),
  CONSTRAINT variation_reminder_variation_id_fkey FOREIGN KEY (variation_id) REFERENCES variation (id)
);
