DROP TABLE return_release;
