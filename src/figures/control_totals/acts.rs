//! Keeping control totals.

use serde_json::Value;

use crate::audit;
use crate::figures::control_totals::rules::{self, ControlTotalInput};
use crate::figures::control_totals::{ControlTotal, store};
use crate::kernel::{Code, Faults, Id, Provenance, Refusal};
use crate::store::Tx;

/// Keeps a printed total.
///
/// # Errors
/// Every fault of the input; [`Code::Taken`] where the code stands for another total.
pub fn create(tx: &mut Tx<'_>, input: &ControlTotalInput, provenance: &Provenance) -> Result<ControlTotal, Refusal> {
    check(tx, input, None)?;
    if store::by_code(tx.conn(), &input.code)?.is_some() {
        return Err(Refusal::rule(Code::Taken, format!("The code {} is taken by another control total.", input.code)));
    }
    let total =
        ControlTotal { id: tx.new_id(), version: 1, recorded_at: tx.recorded_at(), facts: input.clone(), provenance: provenance.clone() };
    store::begin(tx.conn(), &total)?;
    keep(tx, None, total)
}

/// Changes the total that the caller read as `version`. The earlier version stays for questions about earlier moments.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`] where it has changed since.
pub fn amend(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&ControlTotalInput) -> Result<ControlTotalInput, Refusal>,
) -> Result<ControlTotal, Refusal> {
    let before = store::load(tx.conn(), id)?.ok_or(Refusal::NotFound("control total"))?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let facts = change(&before.facts)?;
    let provenance = before.provenance.clone();
    next(tx, &before, facts, provenance)
}

/// Gives the total with this code what a later row of an import says.
///
/// # Errors
/// Every fault of the input; [`Refusal::NotFound`] where no total has the code.
pub fn replace(tx: &mut Tx<'_>, input: &ControlTotalInput, provenance: &Provenance) -> Result<ControlTotal, Refusal> {
    let before = store::by_code(tx.conn(), &input.code)?.ok_or(Refusal::NotFound("control total"))?;
    next(tx, &before, input.clone(), provenance.clone())
}

fn check(tx: &mut Tx<'_>, input: &ControlTotalInput, before: Option<&ControlTotal>) -> Result<(), Refusal> {
    let mut faults: Faults = rules::faults(input, before.map(|before| before.facts.code.as_str()));
    if faults.0.is_empty() {
        let known = store::known(tx.conn(), input)?;
        for (at, one) in input.scope.iter().enumerate() {
            faults.require(known.contains(one), &format!("/scope/{at}"), "unknown_record", "There is no such record or series.");
        }
    }
    faults.into_result()
}

fn next(tx: &mut Tx<'_>, before: &ControlTotal, facts: ControlTotalInput, provenance: Provenance) -> Result<ControlTotal, Refusal> {
    check(tx, &facts, Some(before))?;
    if before.facts == facts && before.provenance == provenance {
        return Ok(before.clone());
    }
    let total = ControlTotal { id: before.id, version: before.version + 1, recorded_at: tx.recorded_at(), facts, provenance };
    if !store::advance(tx.conn(), &total)? {
        return Err(Refusal::Stale);
    }
    keep(tx, Some(before), total)
}

fn keep(tx: &mut Tx<'_>, before: Option<&ControlTotal>, after: ControlTotal) -> Result<ControlTotal, Refusal> {
    store::add_version(tx.conn(), &after)?;
    let json = |total: &ControlTotal| serde_json::to_value(&total.facts).map_err(Refusal::broken);
    let entry = audit::Entry {
        record_kind: "control_total",
        record_id: after.id,
        before: before.map_or(Ok(Value::Null), json)?,
        after: json(&after)?,
        reason: None,
    };
    audit::record(tx, entry)?;
    Ok(after)
}
