//! Opening and changing fund periods.

use crate::funds::periods::{FundPeriod, PeriodFacts, RECORD_KIND, rules, store};
use crate::funds::record::{self, Facts, Record};
use crate::kernel::{Code, Faults, Id, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for PeriodFacts {
    const KIND: &'static str = RECORD_KIND;

    fn identity(&self) -> String {
        format!("The period {} of this fund", self.label)
    }

    fn faults(&self, _: &mut Conn, _: Option<&Record<Self>>, _: &Provenance) -> Result<Faults, Refusal> {
        Ok(rules::faults(self))
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

/// Opens a period of a fund.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such fund; every fault of the period; a label that is taken; a fund that holds no money.
pub fn create(tx: &mut Tx<'_>, facts: &PeriodFacts, provenance: &Provenance) -> Result<FundPeriod, Refusal> {
    let fund = crate::funds::find(tx.conn(), facts.fund_id)?.ok_or(Refusal::NotFound("fund"))?;
    if !rules::takes_periods(fund.facts.scope) {
        let detail = format!("{} is a {}: no money hangs in it, so it has no periods.", fund.facts.name, fund.facts.scope);
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    record::create(tx, facts, provenance)
}

/// Changes the period that the caller read as `version`.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`] where it has changed since.
pub fn amend(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&PeriodFacts) -> Result<PeriodFacts, Refusal>,
) -> Result<FundPeriod, Refusal> {
    record::amend(tx, id, version, change)
}

/// Gives a period the facts of a later row of an import.
///
/// # Errors
/// Every fault of the input.
pub fn replace(tx: &mut Tx<'_>, id: Id, facts: &PeriodFacts, provenance: &Provenance) -> Result<FundPeriod, Refusal> {
    record::replace(tx, id, facts, provenance)
}
