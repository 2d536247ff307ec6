DROP TABLE control_total_scope;
DROP TABLE control_total_version;
DROP TABLE control_total;
DROP TABLE figure_version;
DROP TABLE figure;
