//! Passing returns on with their agreements.

use chrono::NaiveDate;

use crate::documents;
use crate::kernel::{Id, Refusal};
use crate::returns::passing::{rules, store};
use crate::returns::rules::ReturnState;
use crate::returns::steps::change_all;
use crate::returns::store::Return;
use crate::store::{Conn, Tx};

/// Which provider passes its returns and payments on, and from which day the other is party.
#[derive(Debug, Clone, Copy)]
pub struct Passing {
    /// Who was party.
    pub from: Id,
    /// Who is party from then on.
    pub to: Id,
    /// The first day on which the other is party.
    pub day: NaiveDate,
    /// Whether the one before is there no more.
    pub has_ceased: bool,
}

/// A return that goes to the successor.
#[derive(Debug, Clone)]
pub struct Going {
    /// The return.
    pub id: Id,
    /// Its award.
    pub award_id: Id,
    /// Its period.
    pub period: String,
    /// When it is due.
    pub due_on: NaiveDate,
    /// Whether it is begun.
    pub is_begun: bool,
}

/// The returns of these awards that go to the successor, without those that fell away.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn going(conn: &mut Conn, awards: &[Id], passing: &Passing) -> Result<Vec<Going>, Refusal> {
    let turn = |one: Return| Going {
        id: one.id,
        award_id: one.award_id,
        is_begun: one.state.is_begun(),
        due_on: one.due_on,
        period: one.planned.period,
    };
    let found = found(conn, awards, passing)?;
    Ok(found.into_iter().filter(|one| one.state != ReturnState::FallenAway).map(turn).collect())
}

fn found(conn: &mut Conn, awards: &[Id], passing: &Passing) -> Result<Vec<Return>, Refusal> {
    let mut all = store::of(conn, awards, passing.from)?;
    all.retain(|one| rules::goes_along(one.state, one.planned.ends_on, passing.day, passing.has_ceased));
    Ok(all)
}

/// Gives the successor the returns that go along, as they are begun, with their files. What was certified and not sent was certified for the one before;
/// what was sent stays as it was certified.
///
/// # Errors
/// [`Refusal::Stale`] where a return has moved on meanwhile.
pub fn pass_on(tx: &mut Tx<'_>, awards: &[Id], passing: &Passing) -> Result<usize, Refusal> {
    let all = found(tx.conn(), awards, passing)?;
    change_all(tx, &all, |before, next| {
        next.provider_id = Some(passing.to);
        if !is_sent(before.state) {
            (next.certified_on, next.certified_by) = (None, None);
        }
    })?;
    let begun: Vec<Id> = all.iter().filter(|one| one.state.is_begun()).map(|one| one.id).collect();
    documents::pass_on(tx, &begun, passing.from, passing.to)?;
    Ok(all.iter().filter(|one| one.state != ReturnState::FallenAway).count())
}

const fn is_sent(state: ReturnState) -> bool {
    matches!(state, ReturnState::Submitted | ReturnState::Resubmitted)
}
