//! Making and changing area sets.

use crate::funds::area_sets::{AreaSet, AreaSetInput, rules, store};
use crate::funds::areas;
use crate::funds::record::{self, Facts, Record};
use crate::funds::rules::check_fixed;
use crate::kernel::{Faults, Id, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for AreaSetInput {
    const KIND: &'static str = "area_set";

    fn identity(&self) -> String {
        format!("The code {}", self.code)
    }

    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, provenance: &Provenance) -> Result<Faults, Refusal> {
        let members: Vec<Id> = self.members.iter().map(|member| member.area_id).collect();
        let mut faults = rules::faults(self, &areas::kinds(conn, &members)?, provenance);
        check_fixed(&mut faults, "/code", before.map(|before| before.facts.code.as_str()), &self.code);
        if let Some(area) = self.area_id {
            faults.require(areas::named(conn, &[area])?.contains_key(&area), "/area_id", "unknown_record", "There is no such area.");
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

/// Makes an area set. One whose members are counted and not named says so.
///
/// # Errors
/// Every fault of the input; a code that is taken.
pub fn create(tx: &mut Tx<'_>, input: &AreaSetInput, provenance: &Provenance) -> Result<AreaSet, Refusal> {
    let mut provenance = provenance.clone();
    if input.members.is_empty() && !provenance.lacks("members") {
        provenance.not_evidenced.push("members".to_owned());
    }
    record::create(tx, input, &provenance)
}

/// Changes the set that the caller read as `version`.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`] where it has changed since.
pub fn amend(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&AreaSetInput) -> Result<AreaSetInput, Refusal>,
) -> Result<AreaSet, Refusal> {
    record::amend(tx, id, version, change)
}

/// Gives a set the facts of a later row of an import.
///
/// # Errors
/// Every fault of the input.
pub fn replace(tx: &mut Tx<'_>, id: Id, input: &AreaSetInput, provenance: &Provenance) -> Result<AreaSet, Refusal> {
    record::replace(tx, id, input, provenance)
}
