-- Whom a run pays is kept with each of its payments when it gathers them: an agreement may pass to another provider later, and with it a payment that came back.
ALTER TABLE payment_run_item ADD COLUMN provider_id BLOB CONSTRAINT payment_run_item_provider_id_fkey REFERENCES provider (id);
ALTER TABLE payment_run_item ADD COLUMN provider_name TEXT;
ALTER TABLE payment_run_item ADD COLUMN supplier_number TEXT;
UPDATE payment_run_item SET
  provider_id = (SELECT payment.provider_id FROM payment WHERE payment.id = payment_run_item.payment_id),
  supplier_number = (
    SELECT payment_version.supplier_number FROM payment_version
    WHERE payment_version.payment_id = payment_run_item.payment_id AND payment_version.version = payment_run_item.payment_version);
-- The name of the day on which the run was gathered.
UPDATE payment_run_item SET provider_name = (
  SELECT provider_version.name FROM provider_version, payment_run
  WHERE payment_run.id = payment_run_item.run_id AND provider_version.provider_id = payment_run_item.provider_id
    AND provider_version.recorded_at <= payment_run.recorded_at
  ORDER BY provider_version.version DESC LIMIT 1);
