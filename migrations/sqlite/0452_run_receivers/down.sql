ALTER TABLE payment_run_item DROP COLUMN supplier_number;
ALTER TABLE payment_run_item DROP COLUMN provider_name;
ALTER TABLE payment_run_item DROP COLUMN provider_id;
