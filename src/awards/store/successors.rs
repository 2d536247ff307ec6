//! Awards that go on with others in a later agreement year (R08).

use std::collections::HashSet;

use diesel::prelude::*;

use super::read::Award;
use crate::awards::rules::{AwardKind, AwardState, LinkedContract, Successor, Successors, still_forward};
use crate::kernel::{Id, Pence, Refusal};
use crate::store::Conn;
use crate::store::schema::{award, award_terms, award_version};
use crate::store::sql::Prepare;

/// States in which an award commits something, or has done.
const COUNTED: [AwardState; 6] =
    [AwardState::Offered, AwardState::Live, AwardState::Paused, AwardState::Ended, AwardState::Closed, AwardState::Terminated];

type Row = (Id, Option<Id>, Option<Pence>, Pence, AwardKind);

/// Awards that go on with one of `ids`, as they stand now. A part of another award commits nothing of its own.
fn of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Row>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(award_terms::succeeds.assume_not_null().eq_any(ids))
        .filter(award_terms::component_of.is_null())
        .filter(award_version::state.eq_any(COUNTED))
        .select((award::id, award_terms::succeeds, award_terms::amount_pence, award_terms::forward_pence, award_terms::kind))
        .prepared_for(ids)
        .load(c))?;
    Ok(rows)
}

/// An award that others go on with, as it stands now.
fn forerunner(conn: &mut Conn, id: Id) -> Result<Option<Row>, Refusal> {
    let row: Option<Row> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(award::id.eq(id))
        .select((award::id, award_terms::succeeds, award_terms::amount_pence, award_terms::forward_pence, award_terms::kind))
        .first(c).optional())?;
    Ok(row)
}

/// The awards that are linked with one: those that it goes on with, up to the first of them, and all that are offered or agreed and go on
/// with one of these or with itself. What is no contract is a link without an amount.
pub fn linked(conn: &mut Conn, own: Option<Id>, succeeds: Option<Id>) -> Result<Vec<LinkedContract>, Refusal> {
    let mut seen: HashSet<Id> = own.into_iter().collect();
    let mut found: Vec<Row> = Vec::new();
    let mut above = succeeds;
    while let Some(id) = above.filter(|id| seen.insert(*id)) {
        let row = forerunner(conn, id)?;
        above = row.as_ref().and_then(|row| row.1);
        found.extend(row);
    }
    // From those downwards: each level is asked about once.
    let mut ahead: Vec<Id> = seen.iter().copied().collect();
    while !ahead.is_empty() {
        let next: Vec<Row> = of(conn, &ahead)?.into_iter().filter(|row| seen.insert(row.0)).collect();
        ahead = next.iter().map(|row| row.0).collect();
        found.extend(next);
    }
    let contract = |(id, succeeds, amount, forward, kind): Row| {
        let counts = |pence: Pence| if kind == AwardKind::Contract { pence } else { Pence::ZERO };
        LinkedContract { id, succeeds, amount: counts(amount.unwrap_or_default()), forward: counts(forward) }
    };
    Ok(found.into_iter().map(contract).collect())
}

/// Takes from the later years of these awards what others commit in their place; nothing is left of an award that is terminated or closed.
pub(super) fn net(conn: &mut Conn, awards: &mut [Award]) -> Result<(), Refusal> {
    for award in awards.iter_mut().filter(|award| award.standing.state.is_done_with()) {
        award.forward_pence = Pence::ZERO;
    }
    let mut found = Successors::new();
    let mut ahead: Vec<Id> = awards.iter().filter(|award| award.forward_pence.is_positive()).map(|award| award.id).collect();
    while !ahead.is_empty() {
        let mut next = Vec::new();
        for (id, forerunner, amount, forward, _) in of(conn, &ahead)? {
            let Some(forerunner) = forerunner else { continue };
            found.entry(forerunner).or_default().push(Successor { id, amount: amount.unwrap_or_default(), forward });
            next.push(id);
        }
        // An award of this page that goes on with another of it was asked about already.
        next.retain(|id| !found.contains_key(id) && !ahead.contains(id));
        ahead = next;
    }
    for award in awards {
        award.forward_pence = still_forward(award.id, award.forward_pence, &found);
    }
    Ok(())
}
