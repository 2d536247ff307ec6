-- The values of a content once more, in one piece: a report reads a row for each return, and not one for each value. What was written
-- before has none until the service packs it; its values are read one by one as long. The table has row ids, as its rows are long: without
-- them the tree of the key would hold them whole.
CREATE TABLE return_packed_values (
  return_id BLOB NOT NULL,
  content_no INTEGER NOT NULL,
  packed BLOB NOT NULL,
  CONSTRAINT return_packed_values_pkey PRIMARY KEY (return_id, content_no),
  CONSTRAINT return_packed_values_return_id_content_no_fkey FOREIGN KEY (return_id, content_no) REFERENCES return_content (return_id, content_no)
) STRICT;
