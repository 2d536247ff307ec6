DROP TABLE demo_mark;
DROP TRIGGER ledger_transfer_is_kept_on_delete;
DROP TRIGGER ledger_transfer_is_kept_on_update;
