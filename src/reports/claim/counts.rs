//! What was counted with the money of a claim, altogether and by area, with small numbers suppressed unless the funder agreed to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::kernel::{Id, Quantity, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimRow, ClaimSection};
use crate::publishing::rules::pages::Place;
use crate::reports::asked::At;
use crate::reports::board::{families, hidden_at_once};
use crate::reports::claim::recounted;
use crate::reports::claim::store::{ClaimFacts, PaidAward};
use crate::reports::expenditure::routes::Origin;
use crate::reports::indicators::belonging::Belonging;
use crate::reports::indicators::counted;
use crate::reports::indicators::grown::counted_in;
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorReportRow, Shown, rows as together};
use crate::reports::indicators::rules::{Lack, Point};
use crate::reports::indicators::spans::Spans;
use crate::reports::indicators::store::{IndicatorRow, bases, indicators};
use crate::reports::indicators::targets::Aimed;
use crate::reports::names::{self, Names};
use crate::reports::returned::{self, Counting, Owed};
use crate::store::Conn;

/// What stands in a claim for what a provider says it counted.
const ANOTHER_BASIS: &str = "another basis";
/// What stands between several.
const BETWEEN: &str = "; ";

/// The rows of all indicators of the claim's awards that have values in its days; small numbers below a limit suppressed, where there is one.
pub(super) fn rows(
    conn: &mut Conn,
    at: At,
    claim: &ClaimFacts,
    awards: &HashMap<Id, PaidAward>,
    below: Option<Quantity>,
) -> Result<Vec<ClaimRow>, Refusal> {
    let indicators = indicators(conn, at)?;
    // What a number grew in the days of the claim is told by the return before them.
    let looks_back = indicators.iter().any(IndicatorRow::is_cumulative);
    let ends = Some(claim.days()).filter(|_| !looks_back);
    let mut points = counted::points_of(conn, at, Counting::Accepted, ends)?;
    points.values_mut().for_each(|all| all.retain(|point| point.award.is_some_and(|id| awards.contains_key(&id))));
    let owed = if looks_back { returned::owed(conn, at)? } else { Owed::default() };
    let (areas, parts) = (names::store::areas(conn, at.known_at)?, returned::parts(conn, at)?);
    let (none, belonging, spans) = (Names::new(), Belonging::default(), Spans::of([claim.days()]));
    let shown = Shown { awards: &none, areas: &areas, parts: &parts, belonging: &belonging, spans: &spans, areas_asked: 0 };
    let lines = |indicator: &IndicatorRow| {
        let own = points.get(&indicator.id).map(Vec::as_slice).unwrap_or_default();
        let own = counted_in(indicator, own, &owed, |point| spans.within(point, &[]));
        lines_of(indicator, &own, &shown)
    };
    let mut all = Vec::new();
    for family in families(&indicators) {
        let lines: Vec<Vec<IndicatorReportRow>> = family.iter().map(|indicator| lines(indicator)).collect();
        let hidden = below.map(|below| hidden(&family, &lines, below)).unwrap_or_else(|| vec![BTreeSet::new(); family.len()]);
        for (indicator, (lines, hidden)) in family.into_iter().zip(lines.into_iter().zip(hidden)) {
            let both: Vec<_> = lines.iter().map(|line| (line.value, line.accepted_value)).collect();
            let shows_both = recounted::shows_both(&indicator.unit, &both, !hidden.is_empty(), below);
            all.extend(lines.into_iter().map(|line| row(claim, hidden.contains(&place(&line)), line, shows_both)));
        }
    }
    Ok(all)
}

/// Altogether first, then each area.
fn lines_of(indicator: &IndicatorRow, points: &[Point], shown: &Shown<'_>) -> Vec<IndicatorReportRow> {
    let by = |by: &[IndicatorGrouping]| together(indicator, Origin::Returned, points, by, &Aimed::default(), shown);
    by(&[]).into_iter().chain(by(&[IndicatorGrouping::Area]).into_iter().filter(|row| row.area.is_some())).collect()
}

/// Says what is counted in the office's words: what the indicator counts or counted, or that it is something else. What a provider says it counted stays in
/// the office, also where a claim was frozen with it.
pub(super) fn in_own_words(conn: &mut Conn, at: At, rows: &mut [ClaimRow]) -> Result<(), Refusal> {
    let bases = bases(conn, at)?;
    for row in rows {
        let held = row.indicator_id.and_then(|id| bases.get(&id)).into_iter().flatten().filter_map(|(_, basis)| basis.as_deref());
        let own: BTreeSet<&str> = held.chain([ANOTHER_BASIS]).collect();
        row.basis = row.basis.take().map(|told| own_words(&told, &own).join(BETWEEN));
    }
    Ok(())
}

/// Of several bases those that are the office's own, and another one for whatever else there is.
fn own_words<'t>(told: &'t str, own: &BTreeSet<&'t str>) -> Vec<&'t str> {
    let after = |rest: &'t str, basis: &str| {
        let left = rest.strip_prefix(basis)?;
        if left.is_empty() { Some(left) } else { left.strip_prefix(BETWEEN) }
    };
    let (mut words, mut rest) = (BTreeSet::new(), Some(told));
    while let Some(text) = rest.filter(|text| !text.is_empty()) {
        // The longest first: one basis may begin as another one does.
        let found = own.iter().filter_map(|basis| Some((basis.len(), *basis, after(text, basis)?))).max();
        let (word, left) = match found {
            Some((_, basis, left)) => (basis, Some(left)),
            None => (ANOTHER_BASIS, text.split_once(BETWEEN).map(|(_, left)| left)),
        };
        words.insert(word);
        rest = left;
    }
    words.into_iter().collect()
}

/// Where a line stands in the table that is looked at for small numbers: the days of a claim are one time.
fn place(line: &IndicatorReportRow) -> Place {
    Place { area: line.area.as_ref().map(|area| area.id), quarter: 0, is_to_date: false }
}

/// The places of the counts of each indicator that must not be shown: small ones, and those from which they could be worked out.
fn hidden(indicators: &[&IndicatorRow], lines: &[Vec<IndicatorReportRow>], below: Quantity) -> Vec<BTreeSet<Place>> {
    let of = |own: &Vec<IndicatorReportRow>| own.iter().map(|line| (place(line), line.clone())).collect::<BTreeMap<_, _>>();
    hidden_at_once(indicators, &lines.iter().map(of).collect::<Vec<_>>(), below)
}

fn row(claim: &ClaimFacts, is_hidden: bool, line: IndicatorReportRow, shows_both: bool) -> ClaimRow {
    let count_state = match line.value {
        _ if is_hidden => ClaimCountState::Suppressed,
        Some(_) => ClaimCountState::Shown,
        None => match line.lack() {
            Lack::NotApplicable => ClaimCountState::NotApplicable,
            Lack::NotAdded | Lack::GrowthNotKnown => ClaimCountState::NotAdded,
            Lack::NotReported => ClaimCountState::NotReported,
        },
    };
    let words = |all: Vec<String>| (!all.is_empty()).then(|| all.join(BETWEEN));
    ClaimRow {
        starts_on: Some(claim.starts_on),
        ends_on: Some(claim.ends_on),
        indicator_id: Some(line.indicator.id),
        indicator: Some(line.indicator.name),
        unit: Some(line.indicator.unit),
        basis: words(line.bases),
        area_id: line.area.as_ref().map(|area| area.id),
        area: line.area.map(|area| area.name),
        count_state: Some(count_state),
        value: line.value.filter(|_| !is_hidden),
        accepted_value: line.accepted_value.filter(|_| shows_both),
        adjustment_count: Some(line.adjustment_count),
        return_count: Some(line.return_count),
        note: words(line.warnings.iter().map(|warning| warning.word().to_owned()).collect()),
        ..ClaimRow::of(ClaimSection::Indicator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_of_the_office_are_told() {
        let own = BTreeSet::from([ANOTHER_BASIS, "referrals", "referrals; all ages"]);
        let told = |text: &'static str| own_words(text, &own).join(BETWEEN);
        assert_eq!(told("referrals; all ages"), "referrals; all ages");
        assert_eq!(told("referrals; those whom Ann Example sent"), "another basis; referrals");
        assert_eq!(told("those; whom Ann Example sent; referrals"), "another basis; referrals");
        assert_eq!(told("another basis"), "another basis");
    }
}
