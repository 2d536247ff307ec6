//! Tranches: the funding rounds of a fund period, shown to people as *funding round (tranche)* (R26 to R28).
//!
//! ```text
//! planned → open → assessing → decided → completed   (or cancelled)
//! ```
//!
//! What is **planned** is a figure; what is **allocated** is money, moved from the fund period into the tranche's account, split over
//! the budget lines in proportion to what each has free, to the penny, or as asked. Awards are offered out of that account. What is left
//! is released back into the fund period; cancelling a tranche releases all of it. A fund period's total may rise after the first round
//! (R27), so more may be allocated than was planned.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use std::collections::{HashMap, HashSet};

use crate::funds::record::Record;
use crate::kernel::{Code, Id, Named, Refusal};
use crate::store::Conn;

pub use rules::{TrancheFacts, TrancheInput, TrancheState, TrancheTerms};

/// A tranche in one version.
pub type Tranche = Record<TrancheFacts>;

/// The tranche as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Tranche>, Refusal> {
    store::load(conn, id)
}

/// The tranches among `ids` by id, as other records show them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}

/// Whether an award of this fund period may be offered out of the tranche.
///
/// # Errors
/// [`Refusal::NotFound`] without such a tranche; [`Code::RuleBroken`] where it belongs to another fund period; [`Code::WrongState`] while
/// it is only planned, once all its awards are made (R26), and once it is cancelled.
pub fn may_offer(conn: &mut Conn, id: Id, period_id: Id) -> Result<(), Refusal> {
    let tranche = find(conn, id)?.ok_or(Refusal::NotFound("tranche"))?;
    if tranche.facts.fund_period_id != period_id {
        return Err(Refusal::rule(Code::RuleBroken, "This tranche belongs to another fund period."));
    }
    let state = tranche.facts.terms.state;
    if state.lets_offer() { Ok(()) } else { Err(Refusal::wrong_state("tranche", state, "drawn on")) }
}

/// Those among `ids` out of which awards may be offered now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn letting_offer(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>, Refusal> {
    let states = store::states(conn, ids)?;
    Ok(states.into_iter().filter(|(_, state)| state.lets_offer()).map(|(id, _)| id).collect())
}
