//! Making and changing funds.

use std::collections::HashMap;

use crate::funds::record::{self, Facts, Record, leads_back};
use crate::funds::rules::check_fixed;
use crate::funds::{Fund, FundInput, bodies, periods, rules, sources, store};
use crate::kernel::{Faults, Id, Named, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for FundInput {
    const KIND: &'static str = "fund";

    fn identity(&self) -> String {
        format!("The code {}", self.code)
    }

    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, provenance: &Provenance) -> Result<Faults, Refusal> {
        let mut faults = rules::faults(self, provenance);
        check_fixed(&mut faults, "/code", before.map(|before| before.facts.code.as_str()), &self.code);
        let body = self.commissioning_body_id;
        let is_known = bodies::named(conn, &[body])?.contains_key(&body);
        faults.require(is_known, "/commissioning_body_id", "unknown_record", "There is no such commissioning body.");
        check_known(&mut faults, "/source_ids", &self.source_ids, &sources::named(conn, &self.source_ids)?);
        check_known(&mut faults, "/succeeds_ids", &self.succeeds_ids, &store::named(conn, &self.succeeds_ids)?);
        if let Some(before) = before {
            let keeps_periods = periods::rules::takes_periods(self.scope) || !periods::has_any(conn, before.id)?;
            faults.require(keeps_periods, "/scope", "has_periods", "Money hangs in the periods of this fund, so its scope stays as it is.");
            for (at, predecessor) in self.succeeds_ids.iter().enumerate() {
                let is_circular = leads_back(before.id, &[*predecessor], |id| store::predecessors(conn, id))?;
                faults.require(!is_circular, &format!("/succeeds_ids/{at}"), "circular", "A fund cannot come to succeed itself.");
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

fn check_known(faults: &mut Faults, pointer: &str, ids: &[Id], known: &HashMap<Id, Named>) {
    for (at, id) in ids.iter().enumerate() {
        faults.require(known.contains_key(id), &format!("{pointer}/{at}"), "unknown_record", "There is no such record.");
    }
}

/// Makes a fund.
///
/// # Errors
/// Every fault of the input; a code that is taken.
pub fn create(tx: &mut Tx<'_>, input: &FundInput, provenance: &Provenance) -> Result<Fund, Refusal> {
    record::create(tx, input, provenance)
}

/// Changes the fund that the caller read as `version`.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`] where it has changed since.
pub fn amend(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&FundInput) -> Result<FundInput, Refusal>,
) -> Result<Fund, Refusal> {
    record::amend(tx, id, version, change)
}

/// Gives a fund the facts of a later row of an import.
///
/// # Errors
/// Every fault of the input.
pub fn replace(tx: &mut Tx<'_>, id: Id, input: &FundInput, provenance: &Provenance) -> Result<Fund, Refusal> {
    record::replace(tx, id, input, provenance)
}
