-- What the narrative of returns is made of, from a day on: of all awards, of one fund's, or of one award. A row without sections takes back what was said
-- of its fund or award. A later row replaces the earlier ones from its day on.
CREATE TABLE return_section_set (
  scope_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  fund_id BLOB CONSTRAINT return_section_set_fund_id_fkey REFERENCES fund (id),
  award_id BLOB CONSTRAINT return_section_set_award_id_fkey REFERENCES award (id),
  effective_on TEXT NOT NULL,
  sections TEXT,
  CONSTRAINT return_section_set_pkey PRIMARY KEY (scope_id, version)
) STRICT, WITHOUT ROWID;
-- What is written under the office's own sections: a JSON object of texts by key.
ALTER TABLE return_content ADD COLUMN sections TEXT;
-- The keys of those that may leave the office, with blanks between.
ALTER TABLE return_release ADD COLUMN sections TEXT NOT NULL DEFAULT '';
