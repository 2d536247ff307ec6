-- Messages queued in the transaction of an act and delivered after it. `next_attempt_at` is when a queued message is tried, and
-- when one that is being sent counts as abandoned.
CREATE TABLE outbox_message (
  id UUID NOT NULL CONSTRAINT outbox_message_pkey PRIMARY KEY,
  recorded_at TIMESTAMPTZ NOT NULL,
  act TEXT NOT NULL,
  record_kind TEXT NOT NULL,
  record_id UUID NOT NULL,
  kind TEXT NOT NULL CONSTRAINT outbox_message_kind_check CHECK (kind IN ('e_mail')),
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT outbox_message_state_check CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'dead')),
  attempts INTEGER NOT NULL CONSTRAINT outbox_message_attempts_check CHECK (attempts >= 0),
  next_attempt_at TIMESTAMPTZ NOT NULL,
  last_error TEXT,
  sent_at TIMESTAMPTZ,
  CONSTRAINT outbox_message_sent_at_check CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX outbox_message_state_next_attempt_at ON outbox_message (state, next_attempt_at);
CREATE INDEX outbox_message_record_id ON outbox_message (record_id);
