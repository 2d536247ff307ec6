//! Almoner follows every pound from the body that gave it, through a fund, a year, a tranche and an award, to the provider that
//! spent it and the people who were helped, and shows any of that as it stood on any day.
//!
//! The map of the house:
//!
//! - the business: `funds`, `providers`, `awards`, `variations`, `returns`, `payments`, `novations`, `meetings`, `figures` (printed ones
//!   and control totals), `reports`, `publishing` (what leaves the office);
//! - the one place where money moves: `ledger`;
//! - who acts and what happened: `access`, `audit`, `outbox`, `documents`;
//! - an office as a whole: `office` (its folder is imported), `handover` (handed over or moved);
//! - what all stand on: [`kernel`] (words, money, periods), [`store`] (the database), [`http`] (requests and answers);
//! - what puts them together: [`app`], and what runs them: `serve`, `workers`, `cli`.
//!
//! Each capability has the same five rooms: `mod.rs` says what it is, `rules.rs` decides and knows no database, `acts.rs` has one
//! function for each business act, `store.rs` has its SQL, `routes.rs` its operations.

#[macro_use]
pub mod kernel;
#[macro_use]
pub mod store;
pub mod access;
pub mod app;
pub mod audit;
pub mod awards;
pub mod cli;
pub mod documents;
pub mod figures;
pub mod funds;
pub mod handover;
pub mod http;
pub mod ledger;
pub mod meetings;
pub mod novations;
pub mod office;
pub mod outbox;
pub mod payments;
pub mod providers;
pub mod publishing;
pub mod reports;
pub mod returns;
pub mod serve;
pub mod variations;
pub mod workers;
