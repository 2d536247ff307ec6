//! What was counted with the money of a claim, altogether and by area, with small numbers suppressed unless the funder agreed to them.

use std::collections::{BTreeSet, HashMap};

use crate::kernel::{Id, Quantity, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimRow, ClaimSection};
use crate::publishing::rules::pages::Place;
use crate::reports::asked::At;
use crate::reports::board::{Figures, Had, Table, by_area, families, hidden_at_once};
use crate::reports::claim::beside::Beside;
use crate::reports::claim::recounted;
use crate::reports::claim::store::{ClaimFacts, PaidAward};
use crate::reports::expenditure::rows::Origin;
use crate::reports::indicators::belonging::Belonging;
use crate::reports::indicators::counted;
use crate::reports::indicators::grown::counted_in;
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorReportRow, Shown, rows as together};
use crate::reports::indicators::rules::{Days, Lack, Point};
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
    (below, beside): (Option<Quantity>, &Beside),
) -> Result<Vec<ClaimRow>, Refusal> {
    let indicators = indicators(conn, at)?;
    let mut counted = counted(conn, at, &indicators, (claim.days(), Some(awards)))?;
    let mut all = Vec::new();
    for family in families(&indicators) {
        let own: Vec<OfIndicator> = family.iter().map(|indicator| counted.remove(&indicator.id).unwrap_or_default()).collect();
        let had: Vec<Vec<Had>> = beside.claims.iter().map(|telling| telling.had(&family, &own)).collect();
        let others: Vec<Table> =
            beside.claims.iter().chain(&beside.pages).enumerate().map(|(at, telling)| telling.table(&family, at)).collect();
        let is_told: Vec<bool> =
            (0..family.len()).map(|place| others.iter().filter_map(|table| table.had.get(place)).any(|had| !had.is_empty())).collect();
        let none = || vec![BTreeSet::new(); family.len()];
        let hidden = below.map_or_else(none, |below| hidden(&family, &own, (&had, others), below));
        for (place, (indicator, (own, hidden))) in family.into_iter().zip(own.into_iter().zip(hidden)).enumerate() {
            let both: Vec<_> = own.lines.iter().map(|line| (line.value, line.accepted_value)).collect();
            // What was accepted could be held against another table, where it is another number.
            let is_beside = is_told.get(place).copied().unwrap_or_default();
            let is_held = is_beside && both.iter().any(|(value, accepted)| value != accepted);
            let shows_both = recounted::shows_both(&indicator.unit, &both, is_held || !hidden.is_empty(), below);
            all.extend(own.lines.into_iter().map(|line| row(claim, hidden.contains(&place_of(&line)), line, shows_both)));
        }
    }
    Ok(all)
}

/// What is counted of an indicator.
#[derive(Debug, Clone, Default)]
pub(super) struct OfIndicator {
    /// What returns tell.
    pub points: Vec<Point>,
    /// What that comes to: altogether first, then each area.
    pub lines: Vec<IndicatorReportRow>,
}

impl OfIndicator {
    /// By their places.
    pub(super) fn figures(&self) -> Figures {
        self.lines.iter().map(|line| (place_of(line), line.clone())).collect()
    }
}

/// What accepted returns of these awards, or of all, report for periods that end in these days, by indicator.
pub(super) fn counted(
    conn: &mut Conn,
    at: At,
    indicators: &[IndicatorRow],
    (days, awards): (Days, Option<&HashMap<Id, PaidAward>>),
) -> Result<HashMap<Id, OfIndicator>, Refusal> {
    // What a number grew in the days of the claim is told by the return before them.
    let looks_back = indicators.iter().any(IndicatorRow::is_cumulative);
    let ends = Some(days).filter(|_| !looks_back);
    let mut points = counted::points_of(conn, at, Counting::Accepted, ends)?;
    if let Some(awards) = awards {
        points.values_mut().for_each(|all| all.retain(|point| point.award.is_some_and(|id| awards.contains_key(&id))));
    }
    let owed = if looks_back { returned::owed(conn, at)? } else { Owed::default() };
    let (areas, parts) = (names::store::areas(conn, at.known_at)?, returned::parts(conn, at)?);
    let (none, belonging, spans) = (Names::new(), Belonging::default(), Spans::of([days]));
    let shown = Shown { awards: &none, areas: &areas, parts: &parts, belonging: &belonging, spans: &spans, areas_asked: 0 };
    let of = |indicator: &IndicatorRow| {
        let own = points.get(&indicator.id).map(Vec::as_slice).unwrap_or_default();
        let points = counted_in(indicator, own, &owed, |point| spans.within(point, &[]));
        let lines = lines_of(indicator, &points, &shown);
        (indicator.id, OfIndicator { points, lines })
    };
    Ok(indicators.iter().map(of).collect())
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
fn place_of(line: &IndicatorReportRow) -> Place {
    place(line.area.as_ref().map(|area| area.id))
}

/// Where an area stands in it, or all of them together.
pub(super) const fn place(area: Option<Id>) -> Place {
    Place { area, quarter: 0, is_to_date: false }
}

/// The places of the counts of each indicator that must not be shown: small ones, and those from which they could be worked out, also with what other
/// claims show.
fn hidden(
    indicators: &[&IndicatorRow],
    own: &[OfIndicator],
    (had, others): (&[Vec<Had>], Vec<Table>),
    below: Quantity,
) -> Vec<BTreeSet<Place>> {
    let (figures, points): (Vec<Figures>, Vec<_>) = own.iter().map(|one| (one.figures(), by_area(&one.points, 0, false))).unzip();
    hidden_at_once(indicators, (&figures, points), had, others, below)
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
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::adding::Amount;
    use crate::publishing::rules::{SMALL_BELOW, is_small};
    use crate::reports::indicators::rules::{Adjusted, Beside as Others};

    fn indicator(unit: &str, adds: &str, subset_of_id: Option<Id>) -> IndicatorRow {
        let text = str::to_owned;
        IndicatorRow {
            id: Id::new(),
            version: 1,
            name: text(unit),
            kind: text("output"),
            unit: text(unit),
            direction: text("higher"),
            basis: None,
            over_time: text(adds),
            over_areas: text(adds),
            over_groups: None,
            programme_id: None,
            fund_id: None,
            subset_of_id,
            asks_for: None,
            is_social_value: false,
        }
    }

    fn point(area: Option<Id>, value: i32, whole: Option<i32>) -> Point {
        Point {
            award: Some(area.unwrap_or_default()),
            source: None,
            area,
            days: (None, None),
            period: None,
            value: Some(Amount { value: Quantity::whole(value), whole: whole.map(Quantity::whole) }),
            lack: Lack::NotReported,
            within: None,
            high: None,
            basis: None,
            status: None,
            qualifier: None,
            illustrative: false,
            adjusted: Adjusted::No,
            beside: Others::default(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// People by area, a percentage of them, and perhaps some in no area: who has the claim, and is taken to know of each percentage that it shows both
        /// numbers, can subtract no few people out of it.
        #[test]
        fn a_claim_gives_nobody_away(
            counts in prop::collection::vec((prop_oneof![Just(0), 1_i32..9, 5_i32..60], prop_oneof![Just(0), 1_i32..9, 5_i32..60]), 1..6),
            has_no_area in any::<bool>(),
        ) {
            let people = indicator("people", "sum", None);
            let of_these = indicator("percent", "average", Some(people.id));
            // One in no area first, where there is one.
            let areas: Vec<Option<Id>> = (0..counts.len()).map(|at| (at > 0 || !has_no_area).then(Id::new)).collect();
            let names: Names = areas.iter().flatten().map(|id| (*id, crate::kernel::Named { id: *id, code: id.to_string(), name: id.to_string() })).collect();
            let points = |of: fn(i32, i32) -> (i32, Option<i32>)| -> Vec<Point> {
                let all = areas.iter().zip(&counts).filter(|(_, (part, rest))| part + rest > 0);
                all.map(|(area, (part, rest))| { let (value, whole) = of(*part, *rest); point(*area, value, whole) }).collect()
            };
            let (none, parts, belonging, spans) = (Names::new(), returned::Parts::default(), Belonging::default(), Spans::default());
            let shown = Shown { awards: &none, areas: &names, parts: &parts, belonging: &belonging, spans: &spans, areas_asked: 0 };
            let told = |indicator: &IndicatorRow, points: Vec<Point>| OfIndicator { lines: lines_of(indicator, &points, &shown), points };
            let own = [told(&people, points(|part, rest| (part + rest, None))), told(&of_these, points(|part, rest| (part, Some(part + rest))))];
            let found = hidden(&[&people, &of_these], &own, (&[], Vec::new()), SMALL_BELOW);
            let few = |number: i32| is_small(Quantity::whole(number), SMALL_BELOW);
            let all = counts.iter().fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
            let is_there = |(part, rest): &(i32, i32)| part + rest > 0;
            let at = |area: Option<Id>| Place { area, quarter: 0, is_to_date: false };
            let places: Vec<(Place, (i32, i32))> = areas.iter().zip(&counts).filter(|(area, own)| area.is_some() && is_there(own)).map(|(area, own)| (at(*area), *own)).collect();
            for (place, (part, rest)) in places.iter().copied().chain([(at(None), all)]).filter(|(_, own)| is_there(own)) {
                prop_assert!(found[0].contains(&place) || !few(part + rest), "{part} and {rest} people at {place:?}");
                prop_assert!(found[1].contains(&place) || ![part, rest, part + rest].into_iter().any(few), "{part} of them at {place:?}");
            }
            // With one unknown in a sum it is known. What is in no area is one that nobody is shown; nought of that is none. Without areas there is no sum.
            let in_no_area = counts.first().copied().filter(|_| has_no_area).unwrap_or_default();
            for (which, rest_of) in [(0, in_no_area.0 + in_no_area.1), (1, in_no_area.0)] {
                let unknown = places.iter().chain([&(at(None), all)]).filter(|(place, _)| found[which].contains(place)).count() + usize::from(rest_of > 0);
                let is_secret = !found[which].is_empty() || few(rest_of);
                prop_assert!(unknown != 1 || !is_secret || places.is_empty(), "{found:?} of {counts:?}, {has_no_area}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// A quarter that the funder has, and the half year that it is in: who has both can subtract no few people, and finds nothing in one that the other hides.
        #[test]
        fn two_claims_give_nobody_away(counts in prop::collection::vec((prop_oneof![Just(0), 1_i32..9, 5_i32..60], prop_oneof![Just(0), 1_i32..9, 5_i32..60]), 1..6)) {
            let people = indicator("people", "sum", None);
            let areas: Vec<Id> = counts.iter().map(|_| Id::new()).collect();
            let names: Names = areas.iter().map(|id| (*id, crate::kernel::Named { id: *id, code: id.to_string(), name: id.to_string() })).collect();
            let (none, parts, belonging, spans) = (Names::new(), returned::Parts::default(), Belonging::default(), Spans::default());
            let shown = Shown { awards: &none, areas: &names, parts: &parts, belonging: &belonging, spans: &spans, areas_asked: 0 };
            let of = |number: fn(&(i32, i32)) -> i32| {
                let points: Vec<Point> = areas.iter().zip(&counts).map(|(area, own)| point(Some(*area), number(own), None)).collect();
                OfIndicator { lines: lines_of(&people, &points, &shown), points }
            };
            let (quarter, half) = (of(|own| own.0), of(|own| own.0 + own.1));
            let hidden_of = |own: &OfIndicator, had: &[Vec<Had>]| hidden(&[&people], std::slice::from_ref(own), (had, Vec::new()), SMALL_BELOW).remove(0);
            let had_of = |own: &OfIndicator, hidden: &BTreeSet<Place>| {
                let figures = own.figures();
                let shown = figures.iter().filter(|(place, _)| !hidden.contains(place)).filter_map(|(place, row)| Some((*place, row.value?))).collect();
                vec![vec![Had { figures, shown, hidden: hidden.clone(), ..Had::default() }]]
            };
            let first = hidden_of(&quarter, &[]);
            let then = hidden_of(&half, &had_of(&quarter, &first));
            prop_assert!(first.is_subset(&then), "{first:?} is hidden, {then:?} with it");
            let (before, after) = (quarter.figures(), half.figures());
            let mut unknown: Vec<Place> = Vec::new();
            for (place, row) in &after {
                let (was, is) = (before.get(place).and_then(|row| row.value).unwrap_or_default(), row.value.unwrap_or_default());
                let is_told = !then.contains(place) && !first.contains(place);
                let few = [was, is, Quantity(is.0 - was.0)].into_iter().any(|number| is_small(number, SMALL_BELOW));
                prop_assert!(!(is_told && few), "{was:?} and {is:?} at {place:?}");
                unknown.extend((!is_told).then_some(*place));
            }
            prop_assert!(unknown.len() != 1, "what is hidden alone is the rest of all: {unknown:?} of {counts:?}");
        }
    }

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
