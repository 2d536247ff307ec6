DROP TABLE payment_advance;
