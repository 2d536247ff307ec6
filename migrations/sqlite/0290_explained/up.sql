-- An explanation says what it explains: which indicator, area, group or question, and what stood there. What was explained before says nothing of it.
ALTER TABLE return_explanation ADD COLUMN indicator_id BLOB CONSTRAINT return_explanation_indicator_id_fkey REFERENCES indicator (id);
ALTER TABLE return_explanation ADD COLUMN area_id BLOB CONSTRAINT return_explanation_area_id_fkey REFERENCES area (id);
ALTER TABLE return_explanation ADD COLUMN group_name TEXT;
ALTER TABLE return_explanation ADD COLUMN query_id BLOB CONSTRAINT return_explanation_query_id_fkey REFERENCES return_query (id);
ALTER TABLE return_explanation ADD COLUMN stood TEXT;
