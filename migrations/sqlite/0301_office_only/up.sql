-- Whether a file is for the office alone, whoever the provider of its record is. What was found of a provider's checks always was, and what was attached to an award before it had a provider.
ALTER TABLE document ADD COLUMN office_only INTEGER NOT NULL DEFAULT 0 CONSTRAINT document_office_only_check CHECK (office_only IN (0, 1));
UPDATE document SET office_only = 1 WHERE record_kind = 'provider_check' OR (record_kind = 'award' AND provider_id IS NULL);
