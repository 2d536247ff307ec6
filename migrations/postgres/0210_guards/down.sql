DROP TABLE demo_mark;
DROP TRIGGER ledger_transfer_is_kept ON ledger_transfer;
DROP FUNCTION ledger_is_kept();
