//! Reading and saying what narratives are made of.

use serde_json::{Value, json};

use crate::access;
use crate::audit::{self, Entry};
use crate::awards::Award;
use crate::awards::acts as awards;
use crate::funds;
use crate::kernel::{Id, Moment, Refusal};
use crate::returns::sections::rules::{self, OF_ALL, ReturnSectionsInput, SectionScope, SectionSet};
use crate::returns::sections::store;
use crate::store::{Conn, Tx};

/// What is said of some awards, in the order in which it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sections {
    /// Of which.
    pub scope: SectionScope,
    /// Which version this is; 0 where nothing was said.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Option<Moment>,
    /// Everything that still holds for some day.
    pub sets: Vec<ReturnSectionsInput>,
}

/// What is said, for whoever may see the award.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such fund, or no such award for this caller.
pub fn get(conn: &mut Conn, caller: access::Scope, scope: SectionScope) -> Result<Sections, Refusal> {
    check_there(conn, caller, scope)?;
    found(conn, scope)
}

fn check_there(conn: &mut Conn, caller: access::Scope, scope: SectionScope) -> Result<(), Refusal> {
    match scope {
        SectionScope::All => Ok(()),
        SectionScope::Fund(id) => funds::find(conn, id)?.map(drop).ok_or(Refusal::NotFound("fund")),
        SectionScope::Award(id) => awards::get(conn, caller, id).map(drop),
    }
}

fn found(conn: &mut Conn, scope: SectionScope) -> Result<Sections, Refusal> {
    let all = store::of(conn, &[scope.id()])?;
    let version = all.last().map(|set| set.version).unwrap_or_default();
    let holds = |(at, set): &(usize, &SectionSet)| all.iter().skip(at + 1).all(|later| later.input.effective_on > set.input.effective_on);
    let sets = all.iter().enumerate().filter(holds).map(|(_, set)| set.input.clone()).collect();
    Ok(Sections { scope, version, recorded_at: store::recorded_at(conn, scope.id())?, sets })
}

/// Says what narratives are made of from a day on, in place of what was said for the days from then on.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; everything that [`rules::check`] finds.
pub fn set(
    tx: &mut Tx<'_>,
    caller: access::Scope,
    scope: SectionScope,
    version: i32,
    input: &ReturnSectionsInput,
) -> Result<Sections, Refusal> {
    check_there(tx.conn(), caller, scope)?;
    let before = found(tx.conn(), scope)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let of = match scope {
        SectionScope::All => None,
        SectionScope::Fund(id) => Some(awards::of_fund(tx.conn(), id)?),
        SectionScope::Award(id) => Some(vec![id]),
    };
    rules::check(input, store::sent_to(tx.conn(), of.as_deref())?).into_result()?;
    let recorded_at = tx.recorded_at();
    store::add(tx.conn(), scope, version + 1, recorded_at, input)?;
    let after = found(tx.conn(), scope)?;
    let shown = |one: &Sections| if one.version == 0 { Value::Null } else { json!({ "version": one.version, "sets": one.sets }) };
    let entry = Entry { record_kind: "return_sections", record_id: scope.id(), before: shown(&before), after: shown(&after), reason: None };
    audit::record(tx, entry)?;
    Ok(after)
}

/// All that was said for the returns of an award.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_award(conn: &mut Conn, award: &Award) -> Result<Vec<SectionSet>, Refusal> {
    store::of(conn, &scopes(award))
}

/// By which ids that is found, the narrowest first.
#[must_use]
pub const fn scopes(award: &Award) -> [Id; 3] {
    [award.id, award.names.fund.id, OF_ALL]
}
