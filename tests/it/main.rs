//! Black box: every case talks HTTP to the real service, on SQLite and on PostgreSQL.

#[macro_use]
mod support;

mod access;
mod awards;
mod funds;
mod health;
mod office;
mod openapi;
mod schema;
mod tidy;
