//! Black box: every case talks HTTP to the real service, on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a case that panics is a case that fails"
)]

#[macro_use]
mod support;

mod access;
mod audit;
mod awards;
mod battery;
mod budgets;
mod commands;
mod crash;
mod demo;
mod documents;
mod failing;
mod funds;
mod generate;
mod handover;
mod health;
mod ledger;
mod meetings;
mod office;
mod open_data;
mod openapi;
mod outbox;
mod outputs;
mod payments;
mod providers;
mod publishing;
mod reports;
mod returns;
mod schema;
mod tables;
mod tidy;
mod variations;
mod verify;
mod words;
mod workers;
