//! What was counted with the money of a claim, altogether and by area, with small numbers suppressed unless the funder agreed to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::kernel::{Id, Quantity, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimRow, ClaimSection};
use crate::publishing::rules::pages::{Adding, Page, Place, hidden as hidden_beside};
use crate::publishing::rules::{is_of_people, tells_of_few};
use crate::reports::asked::At;
use crate::reports::claim::beside::Other;
use crate::reports::claim::recounted;
use crate::reports::claim::store::{ClaimFacts, PaidAward};
use crate::reports::expenditure::routes::Origin;
use crate::reports::indicators::belonging::Belonging;
use crate::reports::indicators::counted;
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorReportRow, Shown, rows as together};
use crate::reports::indicators::rules::Point;
use crate::reports::indicators::store::{IndicatorRow, indicators};
use crate::reports::names::{self, Names};
use crate::reports::returned::{self, Counting};
use crate::store::Conn;

/// The rows of all indicators of the claim's awards that have values in its days; small numbers below a limit suppressed, where there is one.
pub(super) fn rows(
    conn: &mut Conn,
    at: At,
    claim: &ClaimFacts,
    awards: &HashMap<Id, PaidAward>,
    (below, beside): (Option<Quantity>, &[Other<'_>]),
) -> Result<Vec<ClaimRow>, Refusal> {
    let points = points(conn, at, claim.days(), awards)?;
    let (areas, parts) = (names::store::areas(conn, at.known_at)?, returned::parts(conn, at)?);
    let (none, belonging) = (Names::new(), Belonging::default());
    let shown = Shown { awards: &none, areas: &areas, parts: &parts, belonging: &belonging };
    let mut all = Vec::new();
    for indicator in indicators(conn, at)? {
        let Some(own) = points.get(&indicator.id).filter(|own| !own.is_empty()) else { continue };
        all.extend(of_indicator(&indicator, own, &shown, claim, (below, beside)));
    }
    Ok(all)
}

/// What accepted returns of these awards report for periods that end in these days, by indicator.
pub(super) fn points(
    conn: &mut Conn,
    at: At,
    (first, last): (NaiveDate, NaiveDate),
    awards: &HashMap<Id, PaidAward>,
) -> Result<HashMap<Id, Vec<Point>>, Refusal> {
    let mut points = counted::points_of(conn, at, Counting::Accepted, Some((first, last)))?;
    let lies_in = |point: &Point| point.days.1.is_some_and(|day| first <= day && day <= last);
    points.values_mut().for_each(|all| all.retain(|point| lies_in(point) && point.award.is_some_and(|id| awards.contains_key(&id))));
    Ok(points)
}

/// Altogether first, then each area.
fn of_indicator(
    indicator: &IndicatorRow,
    points: &[Point],
    shown: &Shown<'_>,
    claim: &ClaimFacts,
    (below, beside): (Option<Quantity>, &[Other<'_>]),
) -> Vec<ClaimRow> {
    let by = |by: &[IndicatorGrouping]| together(indicator, Origin::Returned, points, by, &[], shown);
    let mut lines = by(&[]);
    lines.extend(by(&[IndicatorGrouping::Area]).into_iter().filter(|row| row.area.is_some()));
    let hidden = below.map(|below| hidden(indicator, &lines, (points, beside), below)).unwrap_or_default();
    let both: Vec<_> = lines.iter().map(|line| (line.value, line.accepted_value)).collect();
    let shows_both = recounted::shows_both(&indicator.unit, &both, !hidden.is_empty(), below);
    lines.into_iter().map(|line| row(claim, hidden.contains(&place(&line)), line, shows_both)).collect()
}

/// Where a line stands in the table that is looked at for small numbers: the days of a claim are one time.
fn place(line: &IndicatorReportRow) -> Place {
    Place { area: line.area.as_ref().map(|area| area.id), quarter: 0, is_to_date: false }
}

/// The places of the counts that must not be shown: small ones, and those from which they could be worked out, also with what other claims show.
fn hidden(
    indicator: &IndicatorRow,
    lines: &[IndicatorReportRow],
    (points, beside): (&[Point], &[Other<'_>]),
    below: Quantity,
) -> BTreeSet<Place> {
    if !is_of_people(&indicator.unit) {
        let tells =
            |row: &&IndicatorReportRow| row.numerator.zip(row.denominator).is_some_and(|(part, whole)| tells_of_few(part, whole, below));
        return lines.iter().filter(tells).map(place).collect();
    }
    let figures: BTreeMap<Place, Quantity> = lines.iter().filter_map(|line| Some((place(line), line.value?))).collect();
    let page = Page { shown: figures.keys().copied().collect(), figures, ..Page::default() };
    let earlier: Vec<Page> = beside.iter().filter_map(|other| other.page(indicator.id, points, &page)).collect();
    hidden_beside(&page, &earlier, Adding { over_areas: indicator.over_areas == "sum", over_time: false, below })
}

fn row(claim: &ClaimFacts, is_hidden: bool, line: IndicatorReportRow, shows_both: bool) -> ClaimRow {
    let count_state = match line.value {
        _ if is_hidden => ClaimCountState::Suppressed,
        Some(_) => ClaimCountState::Shown,
        None => ClaimCountState::NotReported,
    };
    let words = |all: Vec<String>| (!all.is_empty()).then(|| all.join("; "));
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
