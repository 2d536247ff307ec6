DROP TABLE publication_policy;
