-- Why a return is due on another day than its period gives; empty where it is not.
ALTER TABLE quarterly_return_version ADD COLUMN due_reason TEXT;

-- When returns are due and how often they are asked for; without a row, what the service has built in.
CREATE TABLE return_policy (
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  due_working_days INTEGER NOT NULL,
  remind_days_before INTEGER,
  weekly_reminders_max INTEGER NOT NULL,
  CONSTRAINT return_policy_pkey PRIMARY KEY (version),
  CONSTRAINT return_policy_due_working_days_check CHECK (due_working_days BETWEEN 0 AND 120),
  CONSTRAINT return_policy_remind_days_before_check CHECK (remind_days_before BETWEEN 1 AND 60),
  CONSTRAINT return_policy_weekly_reminders_max_check CHECK (weekly_reminders_max BETWEEN 0 AND 52)
) STRICT;

-- Whether the provider of an award is reminded of its returns; without a row, it is.
CREATE TABLE award_reminding (
  award_id BLOB NOT NULL CONSTRAINT award_reminding_award_id_fkey REFERENCES award (id),
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  is_wanted INTEGER NOT NULL,
  reason TEXT,
  CONSTRAINT award_reminding_pkey PRIMARY KEY (award_id, version)
) STRICT, WITHOUT ROWID;

-- Reminders that were sent: each reason once for each day on which a return is due.
CREATE TABLE return_reminder (
  return_id BLOB NOT NULL CONSTRAINT return_reminder_return_id_fkey REFERENCES quarterly_return (id),
  due_on TEXT NOT NULL,
  reason TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  CONSTRAINT return_reminder_pkey PRIMARY KEY (return_id, due_on, reason)
) STRICT, WITHOUT ROWID;
