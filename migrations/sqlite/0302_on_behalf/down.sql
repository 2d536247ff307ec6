ALTER TABLE variation_version DROP COLUMN signed_document_id;
ALTER TABLE variation_version DROP COLUMN signed_by;
ALTER TABLE variation_version DROP COLUMN accepted_on_behalf_by;
ALTER TABLE variation_version DROP COLUMN issued_by_id;
ALTER TABLE award_version DROP COLUMN signed_document_id;
ALTER TABLE award_version DROP COLUMN signed_by;
ALTER TABLE award_version DROP COLUMN accepted_on_behalf_by;
ALTER TABLE award_version DROP COLUMN offered_by_id;
