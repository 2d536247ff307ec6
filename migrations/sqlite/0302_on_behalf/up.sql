-- Who offered an award and who issued a variation: they do not accept it for its provider. And where the office accepted for a provider that signed on
-- paper: who of the office did, who signed, and which of the award's files the paper is.
ALTER TABLE award_version ADD COLUMN offered_by_id BLOB;
ALTER TABLE award_version ADD COLUMN accepted_on_behalf_by TEXT;
ALTER TABLE award_version ADD COLUMN signed_by TEXT;
ALTER TABLE award_version ADD COLUMN signed_document_id BLOB;
ALTER TABLE variation_version ADD COLUMN issued_by_id BLOB;
ALTER TABLE variation_version ADD COLUMN accepted_on_behalf_by TEXT;
ALTER TABLE variation_version ADD COLUMN signed_by TEXT;
ALTER TABLE variation_version ADD COLUMN signed_document_id BLOB;
-- Of what waits for its provider the log knows who sent it.
UPDATE award_version SET offered_by_id = (
  SELECT actor_id FROM audit_event WHERE record_id = award_id AND act = 'award.offer' AND outcome = 'done' ORDER BY happened_at DESC, id DESC LIMIT 1
) WHERE state = 'offered';
UPDATE variation_version SET issued_by_id = (
  SELECT actor_id FROM audit_event WHERE record_id = variation_id AND act = 'variation.issue' AND outcome = 'done' ORDER BY happened_at DESC, id DESC LIMIT 1
) WHERE state = 'issued';
