DROP TABLE ledger_transfer;
DROP TABLE ledger_account;
