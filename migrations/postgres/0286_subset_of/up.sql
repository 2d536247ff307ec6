-- The indicator whose part is the whole of this one: of these women, so many.
ALTER TABLE indicator_version ADD COLUMN subset_of_id UUID CONSTRAINT indicator_version_subset_of_id_fkey REFERENCES indicator (id);
