ALTER TABLE provider_check DROP COLUMN not_evidenced;
ALTER TABLE provider_check DROP COLUMN illustrative;
