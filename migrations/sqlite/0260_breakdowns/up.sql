-- Indicators are broken down into groups, and stand in the place of others.
ALTER TABLE indicator_version ADD COLUMN broken_down_by TEXT;
ALTER TABLE indicator_version ADD COLUMN adds_over_groups TEXT CONSTRAINT indicator_version_adds_over_groups_check CHECK (adds_over_groups IN ('sum', 'maximum', 'average', 'none'));
ALTER TABLE indicator_version ADD COLUMN succeeds_id BLOB CONSTRAINT indicator_version_succeeds_id_fkey REFERENCES indicator (id);

CREATE TABLE indicator_group (
  indicator_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  CONSTRAINT indicator_group_pkey PRIMARY KEY (indicator_id, version, position),
  CONSTRAINT indicator_group_indicator_id_version_name_key UNIQUE (indicator_id, version, name),
  CONSTRAINT indicator_group_indicator_id_version_fkey FOREIGN KEY (indicator_id, version) REFERENCES indicator_version (indicator_id, version)
) STRICT, WITHOUT ROWID;

-- The group that a value is about; none: all of them together.
ALTER TABLE return_value ADD COLUMN group_name TEXT;
ALTER TABLE return_adjustment_value ADD COLUMN group_name TEXT;

-- How far spend may be from its profile before a return is asked about it, in percent of the profile, and up to which value an award has a short form.
ALTER TABLE return_policy ADD COLUMN profile_tolerance_percent INTEGER NOT NULL DEFAULT 10 CONSTRAINT return_policy_profile_tolerance_percent_check CHECK (profile_tolerance_percent BETWEEN 0 AND 1000);
ALTER TABLE return_policy ADD COLUMN short_form_up_to_pence INTEGER NOT NULL DEFAULT 500000;
