DROP TABLE idempotency_key;
DROP TABLE store_clock;
