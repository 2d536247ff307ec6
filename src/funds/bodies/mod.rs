//! Commissioning bodies: who commissions. A record and not a constant, since agreements can be novated to a successor.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::funds::record::Record;
use crate::kernel::{Id, Moment, Named, Refusal};
use crate::store::Conn;

pub use rules::{BodyKind, CommissioningBodyInput};

/// A commissioning body in one version.
pub type CommissioningBody = Record<CommissioningBodyInput>;

/// The body as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<CommissioningBody>, Refusal> {
    store::load(conn, id)
}

/// The bodies among `ids` by id, as other records show them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}

/// The names that bodies have had, by id: for what is to read the same for ever.
#[derive(Debug, Default)]
pub struct Names(HashMap<Id, Vec<(Moment, Named)>>);

impl Names {
    /// The names that the bodies among `ids` have had.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn of(conn: &mut Conn, ids: &[Id]) -> Result<Self, Refusal> {
        let mut all: HashMap<Id, Vec<(Moment, Named)>> = HashMap::new();
        for (id, since, code, name) in store::names(conn, ids)? {
            all.entry(id).or_default().push((since, Named { id, code, name }));
        }
        Ok(Self(all))
    }

    /// The body as it was called at a moment; as it was called first, where it was not known yet.
    #[must_use]
    pub fn at(&self, id: Id, moment: Moment) -> Option<&Named> {
        let names = self.0.get(&id)?;
        names.iter().rev().find(|(since, _)| *since <= moment).or_else(|| names.first()).map(|(_, name)| name)
    }
}

/// How many bodies may have taken over from one another.
const SUCCESSIONS_MAX: usize = 50;

/// Who has the functions of a body on a day: the body itself, or where it had ended by then whoever took over from it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn on_day(conn: &mut Conn, id: Id, day: NaiveDate) -> Result<Id, Refusal> {
    let mut at = id;
    for _ in 0..SUCCESSIONS_MAX {
        match store::ending(conn, at)? {
            Some((Some(ended_on), Some(successor))) if ended_on < day => at = successor,
            _ => break,
        }
    }
    Ok(at)
}
