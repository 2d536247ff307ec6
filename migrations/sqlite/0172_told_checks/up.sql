-- Whether a check only stands for something that no paper prints, and what cannot be shown of it.
ALTER TABLE provider_check ADD COLUMN illustrative INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider_check ADD COLUMN not_evidenced TEXT NOT NULL DEFAULT '[]';
