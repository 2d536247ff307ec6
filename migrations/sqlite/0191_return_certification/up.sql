-- Who wrote the content last, and who certified it as it stands: not the same person, up to small awards.
ALTER TABLE quarterly_return_version ADD COLUMN author_id BLOB;
ALTER TABLE quarterly_return_version ADD COLUMN written_by TEXT;
ALTER TABLE quarterly_return_version ADD COLUMN certified_on TEXT;
ALTER TABLE quarterly_return_version ADD COLUMN certified_by TEXT;
ALTER TABLE return_policy ADD COLUMN self_certified_up_to_pence INTEGER NOT NULL DEFAULT 500000;
