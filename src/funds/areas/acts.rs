//! Making and changing areas.

use crate::funds::areas::{Area, AreaInput, rules, store};
use crate::funds::record::{self, Facts, Record, leads_back};
use crate::funds::rules::check_fixed;
use crate::kernel::{Faults, Id, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for AreaInput {
    const KIND: &'static str = "area";

    fn identity(&self) -> String {
        format!("The code {}", self.code)
    }

    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, _: &Provenance) -> Result<Faults, Refusal> {
        let mut faults = rules::faults(self);
        check_fixed(&mut faults, "/code", before.map(|before| before.facts.code.as_str()), &self.code);
        if let Some(ons_code) = &self.ons_code {
            let holder = store::with_ons_code(conn, ons_code)?;
            let is_free = holder.is_none_or(|holder| before.is_some_and(|before| before.id == holder));
            faults.require(is_free, "/ons_code", "taken", "Another area has this code.");
        }
        if let Some(parent) = self.parent_id {
            faults.require(store::named(conn, &[parent])?.contains_key(&parent), "/parent_id", "unknown_record", "There is no such area.");
            if let Some(before) = before {
                let is_circular = leads_back(before.id, &[parent], |id| Ok(store::parent(conn, id)?.into_iter().collect()))?;
                faults.require(!is_circular, "/parent_id", "circular", "An area cannot come to hold itself.");
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

/// Makes an area.
///
/// # Errors
/// Every fault of the input; a code that is taken.
pub fn create(tx: &mut Tx<'_>, input: &AreaInput, provenance: &Provenance) -> Result<Area, Refusal> {
    record::create(tx, input, provenance)
}

/// Changes the area that the caller read as `version`.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`] where it has changed since.
pub fn amend(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&AreaInput) -> Result<AreaInput, Refusal>,
) -> Result<Area, Refusal> {
    record::amend(tx, id, version, change)
}

/// Gives an area the facts of a later row of an import.
///
/// # Errors
/// Every fault of the input.
pub fn replace(tx: &mut Tx<'_>, id: Id, input: &AreaInput, provenance: &Provenance) -> Result<Area, Refusal> {
    record::replace(tx, id, input, provenance)
}
