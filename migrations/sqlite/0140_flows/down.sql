DROP INDEX ledger_transfer_flow;
