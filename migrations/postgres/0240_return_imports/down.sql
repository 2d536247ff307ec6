DROP TABLE return_import_reversal;
DROP TABLE return_import_item;
DROP TABLE return_import;
