-- What an agreement says beside money and dates, as JSON: working hours, where, kinds of help, whom to ask.
ALTER TABLE award_terms ADD COLUMN particulars TEXT;
-- Who wrote a variation, who approved it, whether it is applied on its day by itself, what it did, and why it could not be applied.
ALTER TABLE variation_version ADD COLUMN authored_by_id BLOB;
ALTER TABLE variation_version ADD COLUMN approved_by_id BLOB;
ALTER TABLE variation_version ADD COLUMN approved_by TEXT;
ALTER TABLE variation_version ADD COLUMN approved_on TEXT;
ALTER TABLE variation_version ADD COLUMN application TEXT NOT NULL DEFAULT 'by_hand' CONSTRAINT variation_version_apply_on_check CHECK (application IN ('by_hand', 'on_its_day'));
ALTER TABLE variation_version ADD COLUMN effect TEXT;
ALTER TABLE variation_version ADD COLUMN failed_on TEXT;
ALTER TABLE variation_version ADD COLUMN failure TEXT;
CREATE INDEX variation_version_apply_on ON variation_version (effective_on) WHERE application = 'on_its_day' AND state IN ('issued', 'accepted');
CREATE INDEX variation_version_failed_on ON variation_version (failed_on) WHERE failed_on IS NOT NULL;
-- Of drafts the log knows who wrote them.
UPDATE variation_version SET authored_by_id = (
  SELECT actor_id FROM audit_event WHERE record_id = variation_id AND act = 'variation.draft' AND outcome = 'done' ORDER BY happened_at DESC, id DESC LIMIT 1
) WHERE state = 'draft';

-- Whether a later cut of its schedule has no place for an instalment. Until now only the reason told it.
ALTER TABLE payment_version ADD COLUMN is_dropped INTEGER NOT NULL DEFAULT 0;
UPDATE payment_version SET is_dropped = 1 WHERE state = 'cancelled' AND reason = 'The schedule has no such instalment any more.';

-- What the office sets for variations: how much may be moved between uses without a provider's acceptance, and above which change of the value somebody else approves.
CREATE TABLE variation_policy (
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  virement_tolerance_percent INTEGER NOT NULL,
  approval_above_pence INTEGER,
  CONSTRAINT variation_policy_pkey PRIMARY KEY (version)
) STRICT;
