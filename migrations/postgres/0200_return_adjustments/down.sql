DROP TABLE return_adjustment_value;
DROP TABLE return_adjustment_spend;
DROP TABLE return_adjustment;
