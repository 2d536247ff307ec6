//! Awards that go on with others in a later agreement year (R08).

use diesel::prelude::*;

use super::read::Award;
use crate::awards::rules::{AwardState, Successor, Successors, still_forward};
use crate::kernel::{Id, Pence, Refusal};
use crate::store::Conn;
use crate::store::schema::{award, award_terms, award_version};
use crate::store::sql::Prepare;

/// States in which an award commits something, or has done.
const COUNTED: [AwardState; 6] =
    [AwardState::Offered, AwardState::Live, AwardState::Paused, AwardState::Ended, AwardState::Closed, AwardState::Terminated];

type Row = (Id, Option<Id>, Option<Pence>, Pence);

/// Awards that go on with one of `ids`, as they stand now. A part of another award commits nothing of its own.
fn of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Row>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(award_terms::succeeds.assume_not_null().eq_any(ids))
        .filter(award_terms::component_of.is_null())
        .filter(award_version::state.eq_any(COUNTED))
        .select((award::id, award_terms::succeeds, award_terms::amount_pence, award_terms::forward_pence))
        .prepared_for(ids)
        .load(c))?;
    Ok(rows)
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
        for (id, forerunner, amount, forward) in of(conn, &ahead)? {
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
