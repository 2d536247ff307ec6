DROP TABLE return_freeze;
