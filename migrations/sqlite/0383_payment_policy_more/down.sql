ALTER TABLE payment_policy DROP COLUMN pause_hours;
ALTER TABLE payment_policy DROP COLUMN gather_days;
