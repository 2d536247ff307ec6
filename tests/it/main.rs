//! Black box: every case talks HTTP to the real service, on SQLite and on PostgreSQL.

#[macro_use]
mod support;

mod access;
mod audit;
mod awards;
mod budgets;
mod documents;
mod funds;
mod health;
mod openapi;
mod outbox;
mod schema;
mod tidy;
