DROP TABLE payment_advance_payment;
DROP TABLE payment_advance;
