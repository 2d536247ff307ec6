//! Making and changing commissioning bodies.

use crate::funds::areas;
use crate::funds::bodies::{CommissioningBody, CommissioningBodyInput, rules, store};
use crate::funds::record::{self, Facts, Record, leads_back};
use crate::funds::rules::check_fixed;
use crate::kernel::{Faults, Id, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for CommissioningBodyInput {
    const KIND: &'static str = "commissioning_body";

    fn identity(&self) -> String {
        format!("The code {}", self.code)
    }

    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, _: &Provenance) -> Result<Faults, Refusal> {
        let mut faults = rules::faults(self);
        check_fixed(&mut faults, "/code", before.map(|before| before.facts.code.as_str()), &self.code);
        if let Some(area) = self.area_id {
            faults.require(areas::named(conn, &[area])?.contains_key(&area), "/area_id", "unknown_record", "There is no such area.");
        }
        if let Some(successor) = self.successor_id {
            let is_known = store::named(conn, &[successor])?.contains_key(&successor);
            faults.require(is_known, "/successor_id", "unknown_record", "There is no such commissioning body.");
            if let Some(before) = before {
                let is_circular = leads_back(before.id, &[successor], |id| Ok(store::successor(conn, id)?.into_iter().collect()))?;
                faults.require(!is_circular, "/successor_id", "circular", "A body cannot come to succeed itself.");
            }
        }
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

/// Makes a body.
///
/// # Errors
/// Every fault of the input; a code that is taken.
pub fn create(tx: &mut Tx<'_>, input: &CommissioningBodyInput, provenance: &Provenance) -> Result<CommissioningBody, Refusal> {
    record::create(tx, input, provenance)
}

/// Changes the body that the caller read as `version`.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`] where it has changed since.
pub fn amend(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&CommissioningBodyInput) -> Result<CommissioningBodyInput, Refusal>,
) -> Result<CommissioningBody, Refusal> {
    record::amend(tx, id, version, change)
}

/// Gives a body the facts of a later row of an import.
///
/// # Errors
/// Every fault of the input.
pub fn replace(tx: &mut Tx<'_>, id: Id, input: &CommissioningBodyInput, provenance: &Provenance) -> Result<CommissioningBody, Refusal> {
    record::replace(tx, id, input, provenance)
}
