-- How far ahead a run may gather, and for how many hours nobody authorises after somebody else changed how they sign in.
ALTER TABLE payment_policy ADD COLUMN gather_days INTEGER NOT NULL DEFAULT 14;
ALTER TABLE payment_policy ADD COLUMN pause_hours INTEGER NOT NULL DEFAULT 24;
