//! What the office does with contributions.

use std::collections::BTreeSet;

use crate::audit::{self, Entry};
use crate::kernel::{Id, Page, PageRequest, Provenance, Refusal};
use crate::providers::programmes;
use crate::providers::programmes::contributions::rules::{self, Contribution, ContributionInput, Found};
use crate::providers::programmes::contributions::store;
use crate::providers::rules::evidence;
use crate::store::{Conn, Tx};

/// The contribution as it is now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn get(conn: &mut Conn, id: Id) -> Result<Contribution, Refusal> {
    store::find(conn, id)?.ok_or(Refusal::NotFound("contribution"))
}

/// A page of what others pay for a programme.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such programme.
pub fn list(conn: &mut Conn, programme: Id, page: &PageRequest) -> Result<Page<Contribution>, Refusal> {
    programmes::acts::get(conn, programme)?;
    store::page(conn, programme, page)
}

/// Notes what somebody else pays. An import may know of no programme; through the API there is one.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such programme; every fault of the input.
pub fn create(tx: &mut Tx<'_>, programme: Option<Id>, input: &ContributionInput, provenance: &Provenance) -> Result<Contribution, Refusal> {
    if let Some(programme) = programme {
        programmes::acts::get(tx.conn(), programme)?;
    }
    let new = Contribution {
        id: tx.new_id(),
        reference: format!("CON-{:04}", store::count(tx.conn())? + 1),
        version: 1,
        recorded_at: tx.recorded_at(),
        programme_id: programme,
        facts: checked(tx, input, provenance)?,
        provenance: provenance.clone(),
    };
    store::insert(tx.conn(), &new)?;
    log(tx, None, &new)?;
    Ok(new)
}

/// Changes a contribution: it is confirmed, or its amount becomes known.
///
/// # Errors
/// [`Refusal::Stale`] where `version` is not the current one; every fault of the input.
pub fn change(tx: &mut Tx<'_>, id: Id, version: i32, input: &ContributionInput) -> Result<Contribution, Refusal> {
    let before = get(tx.conn(), id)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let provenance = evidence::after_change(&before.provenance, &before.facts, input)?;
    save(tx, &before, input, provenance)
}

/// Puts a later account of the contribution in the place of the one before, for an import.
///
/// # Errors
/// Every fault of the input.
pub fn restate(tx: &mut Tx<'_>, id: Id, input: &ContributionInput, provenance: &Provenance) -> Result<Contribution, Refusal> {
    let before = get(tx.conn(), id)?;
    save(tx, &before, input, provenance.clone())
}

fn save(tx: &mut Tx<'_>, before: &Contribution, input: &ContributionInput, provenance: Provenance) -> Result<Contribution, Refusal> {
    let facts = checked(tx, input, &provenance)?;
    let (version, recorded_at) = (before.version + 1, tx.recorded_at());
    let next = Contribution { version, recorded_at, facts, provenance, ..before.clone() };
    store::advance(tx.conn(), &next)?;
    log(tx, Some(before), &next)?;
    Ok(next)
}

fn checked(tx: &mut Tx<'_>, input: &ContributionInput, provenance: &Provenance) -> Result<ContributionInput, Refusal> {
    let conn = tx.conn();
    let funds: Vec<Id> = input.fund_id.into_iter().collect();
    let known: BTreeSet<Id> = programmes::store::known_funds(conn, &funds)?;
    let found = Found {
        source: store::has_source(conn, input.source_id)?,
        fund: funds.iter().all(|fund| known.contains(fund)),
        award: match input.award_id {
            Some(award) => store::has_award(conn, award)?,
            None => true,
        },
    };
    rules::checked(input, provenance, found)
}

fn log(tx: &mut Tx<'_>, before: Option<&Contribution>, after: &Contribution) -> Result<(), Refusal> {
    let json = |one: &Contribution| serde_json::to_value(one).map_err(Refusal::broken);
    let before = before.map(json).transpose()?.unwrap_or_default();
    let entry = Entry { record_kind: "contribution", record_id: after.id, before, after: json(after)?, reason: None };
    audit::record(tx, entry)?;
    Ok(())
}
