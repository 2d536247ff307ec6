-- When a file that was attached by mistake was taken off its record; its name goes with it.
ALTER TABLE document ADD COLUMN removed_at TIMESTAMPTZ;
