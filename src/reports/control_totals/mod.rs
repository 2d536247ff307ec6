//! Printed totals beside computed ones, with their difference. What is computed is never adjusted to what was printed.

mod books;
pub mod compare;
pub mod routes;
pub mod store;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::figures::Measured;
use crate::figures::control_totals::{ControlMeasure, ControlScope};
use crate::kernel::{Id, Refusal};
use crate::reports::asked::At;
use crate::reports::control_totals::books::Books;
use crate::reports::names::store as names;
use crate::store::Conn;

pub use compare::ControlTotalCheck;
pub use store::PrintedTotal;

/// The day and moment that a printed total answers: its own, where it has them, and never more than the question knows.
#[must_use]
pub fn fixed(total: &PrintedTotal, at: At) -> At {
    At { as_at: total.as_at.unwrap_or(at.as_at), known_at: total.known_at.map_or(at.known_at, |own| own.min(at.known_at)) }
}

/// Printed totals with what is computed for each. What they are held against is read once for each day and moment among them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn check(conn: &mut Conn, totals: Vec<PrintedTotal>, at: At) -> Result<Vec<ControlTotalCheck>, Refusal> {
    let mut by_moment: BTreeMap<At, Vec<&PrintedTotal>> = BTreeMap::new();
    for total in &totals {
        by_moment.entry(fixed(total, at)).or_default().push(total);
    }
    let mut computed: HashMap<Id, Option<Measured>> = HashMap::new();
    for (at, own) in by_moment {
        let books = Books::read(conn, at, &own)?;
        computed.extend(own.into_iter().map(|total| (total.id, books.computed(total))));
    }
    let compared = totals.into_iter().map(|total| {
        let (own, computed) = (fixed(&total, at), computed.remove(&total.id).flatten());
        compare::compare(total, own, computed)
    });
    Ok(compared.collect())
}

/// The printed totals of fund periods and tranches whose whole scope lies within some funds, tranches and years; all, where none are named.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn within(
    conn: &mut Conn,
    at: At,
    funds: &HashSet<Id>,
    tranches: &HashSet<Id>,
    years: &[String],
) -> Result<Vec<ControlTotalCheck>, Refusal> {
    let periods = names::periods(conn, at.known_at)?;
    let rounds = names::tranches(conn, at.known_at)?;
    let holds_period = |id: &Id| {
        periods.get(id).is_some_and(|period| {
            (funds.is_empty() || funds.contains(&period.fund_id)) && (years.is_empty() || years.contains(&period.label))
        })
    };
    let holds_tranche =
        |id: &Id| (tranches.is_empty() || tranches.contains(id)) && rounds.get(id).is_some_and(|round| holds_period(&round.period_id));
    let holds = |total: &PrintedTotal| match (total.measure, total.scope_kind) {
        (ControlMeasure::Sum, _) => false,
        (_, ControlScope::Tranche) => total.record_ids.iter().all(holds_tranche),
        _ => tranches.is_empty() && total.record_ids.iter().all(holds_period),
    };
    let held: Vec<PrintedTotal> = store::totals(conn, at.known_at)?.into_iter().filter(holds).collect();
    check(conn, held, at)
}
