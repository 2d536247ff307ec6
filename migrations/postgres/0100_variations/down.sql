DROP TABLE variation_version;
DROP TABLE variation;
