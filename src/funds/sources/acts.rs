//! Making and changing funding sources.

use crate::funds::record::{self, Facts, Record};
use crate::funds::rules::check_fixed;
use crate::funds::sources::{FundingSource, FundingSourceInput, rules, store};
use crate::kernel::{Faults, Id, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for FundingSourceInput {
    const KIND: &'static str = "funding_source";

    fn identity(&self) -> String {
        format!("The code {}", self.code)
    }

    fn faults(&self, _: &mut Conn, before: Option<&Record<Self>>, _: &Provenance) -> Result<Faults, Refusal> {
        let mut faults = rules::faults(self);
        check_fixed(&mut faults, "/code", before.map(|before| before.facts.code.as_str()), &self.code);
        Ok(faults)
    }

    fn load(conn: &mut Conn, id: Id) -> Result<Option<Record<Self>>, Refusal> {
        store::load(conn, id)
    }

    fn begin(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::begin(conn, record)
    }

    fn advance(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::advance(conn, record)
    }

    fn add_version(conn: &mut Conn, record: &Record<Self>) -> Result<(), Refusal> {
        store::add_version(conn, record)
    }
}

/// Makes a source.
///
/// # Errors
/// Every fault of the input; a code that is taken.
pub fn create(tx: &mut Tx<'_>, input: &FundingSourceInput, provenance: &Provenance) -> Result<FundingSource, Refusal> {
    record::create(tx, input, provenance)
}

/// Changes the source that the caller read as `version`.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`] where it has changed since.
pub fn amend(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&FundingSourceInput) -> Result<FundingSourceInput, Refusal>,
) -> Result<FundingSource, Refusal> {
    record::amend(tx, id, version, change)
}

/// Gives a source the facts of a later row of an import.
///
/// # Errors
/// Every fault of the input.
pub fn replace(tx: &mut Tx<'_>, id: Id, input: &FundingSourceInput, provenance: &Provenance) -> Result<FundingSource, Refusal> {
    record::replace(tx, id, input, provenance)
}
