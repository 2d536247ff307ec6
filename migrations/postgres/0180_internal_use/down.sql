ALTER TABLE budget_line_version DROP COLUMN internal_pence;
