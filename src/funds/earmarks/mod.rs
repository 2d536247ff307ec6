//! Earmarks: part of a fund period set aside for a purpose before any award (R06).
//!
//! ```text
//! active → released
//! ```
//!
//! Making one moves its amount from the fund period to the earmark's account, from one budget line or split over several to the penny,
//! and never more than the period holds. Awards may draw on it; what they don't need is released back into the fund period.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use std::collections::{HashMap, HashSet};

use crate::funds::record::Record;
use crate::kernel::{Code, Id, Named, Refusal};
use crate::store::Conn;

pub use rules::{EarmarkFacts, EarmarkInput, EarmarkState, EarmarkTerms};

/// An earmark in one version.
pub type Earmark = Record<EarmarkFacts>;

/// The earmark as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Earmark>, Refusal> {
    store::load(conn, id)
}

/// The earmarks among `ids` by id, as other records show them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}

/// Whether an award of this fund period may draw on the earmark.
///
/// # Errors
/// [`Refusal::NotFound`] without such an earmark; [`Code::RuleBroken`] where it belongs to another fund period; [`Code::WrongState`]
/// once it is released.
pub fn may_draw(conn: &mut Conn, id: Id, period_id: Id) -> Result<(), Refusal> {
    let earmark = find(conn, id)?.ok_or(Refusal::NotFound("earmark"))?;
    if earmark.facts.fund_period_id != period_id {
        return Err(Refusal::rule(Code::RuleBroken, "This earmark belongs to another fund period."));
    }
    match earmark.facts.terms.state {
        EarmarkState::Active => Ok(()),
        EarmarkState::Released => Err(Refusal::wrong_state("earmark", EarmarkState::Released, "drawn on")),
    }
}

/// Those among `ids` that awards may draw on now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn letting_draw(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>, Refusal> {
    let states = store::states(conn, ids)?;
    Ok(states.into_iter().filter(|(_, state)| *state == EarmarkState::Active).map(|(id, _)| id).collect())
}
