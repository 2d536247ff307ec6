DROP TABLE return_packed_values;
