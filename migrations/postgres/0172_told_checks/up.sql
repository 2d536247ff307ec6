-- Whether a check only stands for something that no paper prints, and what cannot be shown of it.
ALTER TABLE provider_check ADD COLUMN illustrative BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE provider_check ADD COLUMN not_evidenced TEXT NOT NULL DEFAULT '[]';
