ALTER TABLE session DROP COLUMN second_factor_at;
DROP TABLE recovery_code;
DROP TABLE second_factor;
