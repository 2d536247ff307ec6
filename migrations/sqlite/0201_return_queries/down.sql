DROP TABLE return_query_answer;
DROP TABLE return_query;
