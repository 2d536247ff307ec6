-- Whether the award still asks for a return that is begun: what is begun stays when dates or plan change, and is not overdue then.
ALTER TABLE quarterly_return_version ADD COLUMN is_owed INTEGER NOT NULL DEFAULT 1;
