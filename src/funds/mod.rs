//! Money in: who commissions and where, where money comes from, and the funds it goes into.
//!
//! A fund is a named pot with a purpose. Its money hangs in fund periods: a financial year, or several years that were never split
//! (R05). Making a fund, a source or an area is a matter of records, never of code (R19).
//!
//! Every record here is an identity and its versions. A change adds a version and overwrites nothing, so that a report can show
//! names and kinds as they were known at any moment.

pub mod acts;
pub mod area_sets;
pub mod areas;
pub mod bids;
pub mod bodies;
pub mod budget_lines;
pub mod claims;
pub mod earmarks;
pub mod periods;
pub mod record;
pub mod routes;
pub mod rules;
pub mod sources;
mod store;
pub mod tranches;

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Named, Refusal};
use crate::store::Conn;

pub use periods::FundPeriod;
pub use record::Record;
pub use rules::{EvaluationKind, FundInput, FundKind, FundScope, MonitoringKind, UnspentRule};

/// A fund in one version.
pub type Fund = Record<FundInput>;

/// The fund as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Fund>, Refusal> {
    store::load(conn, id)
}

/// The funds among `ids` by id, as other records show them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}

/// What the body pledges on a day to whoever receives a grant from the fund (R53).
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn pledge_on(conn: &mut Conn, id: Id, day: NaiveDate) -> Result<Option<String>, Refusal> {
    Ok(store::pledge(conn, id)?.and_then(|pledge| pledge.on(day)))
}

/// The fund period as it stands now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn period(conn: &mut Conn, id: Id) -> Result<FundPeriod, Refusal> {
    periods::find(conn, id)?.ok_or(Refusal::NotFound("fund period"))
}
