//! What printed totals of one day and moment are held against, each kind read once for all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::figures::Measured;
use crate::figures::control_totals::{ControlMeasure, ControlScope};
use crate::kernel::{Id, Pence, Quantity, Refusal};
use crate::ledger::Tallies;
use crate::reports::asked::At;
use crate::reports::book::load::LATER_MAX;
use crate::reports::book::rules::budget;
use crate::reports::book::store as book;
use crate::reports::control_totals::store::{self, PrintedTotal};
use crate::reports::indicators::counted;
use crate::reports::indicators::rules::{Combined, Warning};
use crate::reports::indicators::store as indicators;
use crate::reports::printed::store as printed;
use crate::reports::returned;
use crate::store::Conn;

/// What totals can be held against.
#[derive(Debug, Default)]
pub struct Books {
    budgeted: HashMap<Id, Pence>,
    of_periods: HashMap<Id, Pence>,
    of_tranches: HashMap<Id, Pence>,
    counted: HashMap<Id, Combined>,
    series: BTreeMap<String, (Pence, Quantity)>,
}

/// The records of those totals that are of a measure and kind.
fn records(totals: &[&PrintedTotal], is_wanted: impl Fn(ControlMeasure, ControlScope) -> bool) -> Vec<Id> {
    let own = totals.iter().filter(|total| is_wanted(total.measure, total.scope_kind));
    let ids: BTreeSet<Id> = own.flat_map(|total| total.record_ids.iter().copied()).collect();
    ids.into_iter().collect()
}

impl Books {
    /// Reads what these totals need, as at a day and known at a moment.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn read(conn: &mut Conn, at: At, totals: &[&PrintedTotal]) -> Result<Self, Refusal> {
        use ControlMeasure::{Budgeted, Committed, Sum};
        let mut books = Self::default();
        if totals.iter().any(|total| total.measure == Budgeted) {
            books.budgeted = budgeted(conn, at)?;
        }
        let tranches = records(totals, |measure, scope| (measure, scope) == (Committed, ControlScope::Tranche));
        let periods = records(totals, |measure, scope| measure == Committed && scope != ControlScope::Tranche);
        if !tranches.is_empty() || !periods.is_empty() {
            let tallies = Tallies::at(conn, at.as_at, at.known_at, LATER_MAX)?;
            books.of_tranches = store::committed_of_tranches(conn, &tranches, at, &tallies)?;
            books.of_periods = store::committed_of_periods(conn, &periods, &tallies)?;
        }
        let wanted = records(totals, |measure, scope| (measure, scope) == (Sum, ControlScope::Indicator));
        if !wanted.is_empty() {
            books.counted = count(conn, at, &wanted)?;
        }
        if totals.iter().any(|total| total.measure == Sum && total.scope_kind != ControlScope::Indicator) {
            books.series = series(conn, at)?;
        }
        Ok(books)
    }

    /// What is computed for a total; none where nothing was reported or values may not be put together.
    pub fn computed(&self, total: &PrintedTotal) -> Option<Measured> {
        let ids: BTreeSet<Id> = total.record_ids.iter().copied().collect();
        let sum = |of: &HashMap<Id, Pence>| Some(Measured::Pence(ids.iter().filter_map(|id| of.get(id)).copied().sum()));
        match (total.measure, total.scope_kind) {
            (ControlMeasure::Budgeted, _) => sum(&self.budgeted),
            (ControlMeasure::Committed, ControlScope::Tranche) => sum(&self.of_tranches),
            (ControlMeasure::Committed, _) => sum(&self.of_periods),
            (ControlMeasure::Sum, ControlScope::Indicator) => added(ids.iter().filter_map(|id| self.counted.get(id))).map(Measured::Number),
            (ControlMeasure::Sum, _) => {
                let names: BTreeSet<&String> = total.series.iter().collect();
                let own = names.into_iter().filter_map(|name| self.series.get(name));
                let (pence, number) = own.fold((Pence::ZERO, Quantity::ZERO), |sum, one| together(sum, *one));
                Some(if total.printed_pence.is_some() { Measured::Pence(pence) } else { Measured::Number(number) })
            }
        }
    }
}

/// What several indicators come to: the sum of those that have a value; none where one may not be put together, where there are several
/// and one is a percentage, or where none has any.
fn added<'c>(all: impl Iterator<Item = &'c Combined>) -> Option<Quantity> {
    let apart = [Warning::DoesNotAddOverTime, Warning::DoesNotAddOverAreas, Warning::DoesNotAddOverGroups, Warning::MixedDenominators];
    let mut sum: Option<Quantity> = None;
    let mut has_percentage = false;
    for one in all {
        if apart.iter().any(|warning| one.warnings.contains(warning)) {
            return None;
        }
        if let Some(value) = one.value {
            if sum.is_some() && (has_percentage || one.is_percentage) {
                return None;
            }
            has_percentage |= one.is_percentage;
            sum = Some(Quantity(sum.unwrap_or(Quantity::ZERO).0.saturating_add(value.0)));
        }
    }
    sum
}

fn together((pence, number): (Pence, Quantity), (more, further): (Pence, Quantity)) -> (Pence, Quantity) {
    (pence + more, Quantity(number.0.saturating_add(further.0)))
}

/// What each fund period was budgeted.
fn budgeted(conn: &mut Conn, at: At) -> Result<HashMap<Id, Pence>, Refusal> {
    let versions: HashMap<Id, (String, Pence)> =
        book::line_versions(conn, at)?.into_iter().map(|row| (row.line_id, (row.state, row.amount))).collect();
    let approvals: HashMap<Id, Option<Pence>> = book::approvals(conn, at)?.into_iter().collect();
    let mut sums: HashMap<Id, Pence> = HashMap::new();
    for line in book::lines(conn, at)? {
        if let Some((state, amount)) = versions.get(&line.id) {
            let approved = approvals.get(&line.id).copied().flatten().unwrap_or_default();
            let sum = sums.entry(line.period_id).or_default();
            *sum = *sum + budget(state, *amount, approved).0;
        }
    }
    Ok(sums)
}

/// What accepted returns say of indicators, put together as the report on indicators does.
fn count(conn: &mut Conn, at: At, wanted: &[Id]) -> Result<HashMap<Id, Combined>, Refusal> {
    let points = counted::points_wanted(conn, at, counted::Wanted::default())?.points;
    let parts = returned::parts(conn, at)?;
    let all = indicators::indicators(conn, at)?;
    let own = all.iter().filter(|indicator| wanted.contains(&indicator.id));
    let combined = own.filter_map(|indicator| {
        let points = points.get(&indicator.id)?.iter().collect();
        Some((indicator.id, counted::together(indicator, points, &parts).1))
    });
    Ok(combined.collect())
}

/// What the figures of each series add up to, money and numbers apart.
fn series(conn: &mut Conn, at: At) -> Result<BTreeMap<String, (Pence, Quantity)>, Refusal> {
    let mut sums: BTreeMap<String, (Pence, Quantity)> = BTreeMap::new();
    for (_, figure) in printed::figures(conn, at)? {
        if let Some(name) = figure.series {
            let sum = sums.entry(name).or_default();
            *sum = together(*sum, (figure.amount_pence.unwrap_or_default(), figure.value_thousandths.unwrap_or_default()));
        }
    }
    Ok(sums)
}
