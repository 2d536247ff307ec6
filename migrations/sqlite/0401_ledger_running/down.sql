DROP TABLE ledger_fold;
DROP TABLE ledger_month_kind;
DROP TABLE ledger_running;
