-- Meetings with providers. Each change adds a version with all of its actions.
CREATE TABLE meeting (
  id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT meeting_pkey PRIMARY KEY (id)
);

CREATE TABLE meeting_version (
  meeting_id UUID NOT NULL,
  version INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL,
  provider_id UUID,
  award_id UUID,
  planned_on DATE,
  held_on DATE,
  is_called_off BOOLEAN NOT NULL,
  attendees TEXT NOT NULL,
  notes TEXT,
  CONSTRAINT meeting_version_pkey PRIMARY KEY (meeting_id, version),
  CONSTRAINT meeting_version_meeting_id_fkey FOREIGN KEY (meeting_id) REFERENCES meeting (id),
  CONSTRAINT meeting_version_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES provider (id),
  CONSTRAINT meeting_version_award_id_fkey FOREIGN KEY (award_id) REFERENCES award (id),
  CONSTRAINT meeting_version_kind_check CHECK (kind IN ('monthly_continuity', 'quarterly_monitoring')),
  CONSTRAINT meeting_version_award_id_check CHECK (provider_id IS NOT NULL OR award_id IS NOT NULL),
  CONSTRAINT meeting_version_planned_on_check CHECK (planned_on IS NOT NULL OR held_on IS NOT NULL)
);
CREATE INDEX meeting_version_provider_id ON meeting_version (provider_id, meeting_id);
CREATE INDEX meeting_version_award_id ON meeting_version (award_id, meeting_id);

CREATE TABLE meeting_action (
  meeting_id UUID NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  action_id UUID NOT NULL,
  what TEXT NOT NULL,
  owner TEXT NOT NULL,
  due_on DATE,
  done_on DATE,
  CONSTRAINT meeting_action_pkey PRIMARY KEY (meeting_id, version, position),
  CONSTRAINT meeting_action_meeting_id_version_fkey FOREIGN KEY (meeting_id, version) REFERENCES meeting_version (meeting_id, version)
);
