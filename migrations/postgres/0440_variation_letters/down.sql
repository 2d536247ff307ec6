DROP TABLE variation_letter;
