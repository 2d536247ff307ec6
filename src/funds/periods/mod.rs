//! Fund periods: a fund in a financial year, or over several years that were never split (R05). What is budgeted, earmarked, allocated
//! and committed hangs here.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use std::collections::HashMap;

use crate::funds::record::Record;
use crate::kernel::{Id, Named, Refusal};
use crate::store::Conn;

pub use rules::{FundPeriodInput, PeriodFacts};

/// The kind of record that a fund period is, in the log and beside its files.
pub const RECORD_KIND: &str = "fund_period";

/// A fund period in one version.
pub type FundPeriod = Record<PeriodFacts>;

/// The period as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<FundPeriod>, Refusal> {
    store::load(conn, id)
}

/// Whether a fund has any period.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn has_any(conn: &mut Conn, fund_id: Id) -> Result<bool, Refusal> {
    store::has_any(conn, fund_id)
}

/// The periods among `ids` by id, as other records show them: the code is `CIF-2020-21`, the name that of the fund with the label.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}
