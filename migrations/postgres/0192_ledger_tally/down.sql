DROP INDEX ledger_transfer_effective_on;
DROP INDEX ledger_transfer_recorded_at;
DROP TABLE ledger_tally;
