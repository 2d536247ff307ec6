DROP TABLE novation_letter;
DROP TABLE novation_award;
DROP TABLE novation_version;
DROP TABLE novation;
DROP TABLE document_reader;
DROP TABLE award_former_party;
ALTER TABLE award_terms DROP COLUMN novation_id;
ALTER TABLE award_terms DROP COLUMN commissioning_body_id;
