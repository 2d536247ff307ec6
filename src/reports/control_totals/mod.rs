//! Printed totals beside computed ones, with their difference. What is computed is never adjusted to what was printed.

pub mod compare;
pub mod routes;
pub mod store;

use std::collections::{HashMap, HashSet};

use crate::figures::Measured;
use crate::figures::control_totals::{ControlMeasure, ControlScope};
use crate::kernel::{Id, Pence, Quantity, Refusal};
use crate::reports::asked::At;
use crate::reports::book::rules::budget;
use crate::reports::book::store as book;
use crate::reports::names::store as names;
use crate::reports::printed::store as printed;
use crate::reports::returned::store as returned;
use crate::store::Conn;

pub use compare::ControlTotalCheck;
pub use store::PrintedTotal;

/// The day and moment that a printed total answers: its own, where it has them, and never more than the question knows.
#[must_use]
pub fn fixed(total: &PrintedTotal, at: At) -> At {
    At { as_at: total.as_at.unwrap_or(at.as_at), known_at: total.known_at.map_or(at.known_at, |own| own.min(at.known_at)) }
}

/// A printed total with what is computed for it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn check(conn: &mut Conn, total: PrintedTotal, at: At) -> Result<ControlTotalCheck, Refusal> {
    let fixed = fixed(&total, at);
    let computed = match (total.measure, total.scope_kind) {
        (ControlMeasure::Budgeted, _) => Measured::Pence(budgeted(conn, &total.record_ids, fixed)?),
        (ControlMeasure::Committed, ControlScope::Tranche) => {
            Measured::Pence(store::committed_of_tranches(conn, &total.record_ids, fixed)?)
        }
        (ControlMeasure::Committed, _) => Measured::Pence(store::committed_of_periods(conn, &total.record_ids, fixed)?),
        (ControlMeasure::Sum, ControlScope::Indicator) => Measured::Number(reported(conn, &total.record_ids, fixed)?),
        (ControlMeasure::Sum, _) => {
            let (pence, number) = series(conn, &total.series, fixed)?;
            if total.printed_pence.is_some() { Measured::Pence(pence) } else { Measured::Number(number) }
        }
    };
    Ok(compare::compare(total, fixed, computed))
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
    held.into_iter().map(|total| check(conn, total, at)).collect()
}

fn budgeted(conn: &mut Conn, periods: &[Id], at: At) -> Result<Pence, Refusal> {
    let versions: HashMap<Id, (String, Pence)> =
        book::line_versions(conn, at)?.into_iter().map(|row| (row.line_id, (row.state, row.amount))).collect();
    let approvals: HashMap<Id, Option<Pence>> = book::approvals(conn, at)?.into_iter().collect();
    let lines = book::lines(conn, at)?.into_iter().filter(|line| periods.contains(&line.period_id));
    let of_line = |id: &Id| {
        let (state, amount) = versions.get(id)?;
        Some(budget(state, *amount, approvals.get(id).copied().flatten().unwrap_or_default()).0)
    };
    Ok(lines.filter_map(|line| of_line(&line.id)).sum())
}

/// What the values of indicators in accepted returns add up to: those by area, where there are any.
fn reported(conn: &mut Conn, indicators: &[Id], at: At) -> Result<Quantity, Refusal> {
    let values = returned::values(conn, at)?;
    let own: Vec<_> = values.iter().filter(|row| indicators.contains(&row.indicator_id)).collect();
    let by_area = own.iter().any(|row| row.area_id.is_some());
    let sum = own.iter().filter(|row| row.area_id.is_some() == by_area).filter_map(|row| row.value);
    Ok(Quantity(sum.fold(0, |sum, value| sum.saturating_add(value.0))))
}

/// What the figures of some series add up to, money and numbers apart.
fn series(conn: &mut Conn, series: &[String], at: At) -> Result<(Pence, Quantity), Refusal> {
    let figures = printed::figures(conn, at)?;
    let own = figures.iter().map(|(_, figure)| figure).filter(|figure| figure.series.as_ref().is_some_and(|own| series.contains(own)));
    let (mut pence, mut number) = (Pence::ZERO, Quantity::ZERO);
    for figure in own {
        pence = pence + figure.amount_pence.unwrap_or_default();
        number = Quantity(number.0.saturating_add(figure.value_thousandths.unwrap_or_default().0));
    }
    Ok((pence, number))
}
