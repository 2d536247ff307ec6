-- Whether a file is for the office alone, whoever the provider of its record is. What was found of a provider's checks always was, and what was attached to an award before it had a provider.
ALTER TABLE document ADD COLUMN office_only BOOLEAN NOT NULL DEFAULT false;
UPDATE document SET office_only = true WHERE record_kind = 'provider_check' OR (record_kind = 'award' AND provider_id IS NULL);
