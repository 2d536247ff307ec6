-- What the office asks about a return, each question about all of it or about a field, and what the provider answers.
CREATE TABLE return_query (
  id BLOB NOT NULL CONSTRAINT return_query_pkey PRIMARY KEY,
  return_id BLOB NOT NULL CONSTRAINT return_query_return_id_fkey REFERENCES quarterly_return (id),
  recorded_at INTEGER NOT NULL,
  asked_on TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  pointer TEXT,
  question TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX return_query_return_id_id ON return_query (return_id, id);

CREATE TABLE return_query_answer (
  query_id BLOB NOT NULL CONSTRAINT return_query_answer_pkey PRIMARY KEY CONSTRAINT return_query_answer_query_id_fkey REFERENCES return_query (id),
  recorded_at INTEGER NOT NULL,
  answered_on TEXT NOT NULL,
  answered_by TEXT NOT NULL,
  answer TEXT NOT NULL
) STRICT, WITHOUT ROWID;
