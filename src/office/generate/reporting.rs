//! What awards report that report much: the same indicators in the same areas, quarter after quarter.

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::awards::indicators::acts as indicators;
use crate::awards::indicators::rules::{AddsOverAreas, AddsOverTime, IndicatorDirection, IndicatorInput, IndicatorKind};
use crate::kernel::{Id, Pence, Quantity, Refusal};
use crate::office::generate::draw::Draw;
use crate::office::generate::ground::Ground;
use crate::office::generate::made_up;
use crate::office::generate::plan::Reporting;
use crate::returns::imported::{self, ImportedReturn};
use crate::returns::policy::rules::ReturnPolicy;
use crate::returns::rules::{
    self as returns, IndicatorValue, Leave, Planned, Reported, ReturnContent, ReturnKind, ReturnState, SpendCategory, SpendLine,
};
use crate::store::Tx;

/// How an indicator is counted: its unit, and how its values become one over time and over areas.
const WAYS: [(&str, AddsOverTime, AddsOverAreas); 4] = [
    ("people", AddsOverTime::Sum, AddsOverAreas::Sum),
    ("sessions", AddsOverTime::Sum, AddsOverAreas::Sum),
    ("people", AddsOverTime::Latest, AddsOverAreas::Sum),
    ("percent", AddsOverTime::Average, AddsOverAreas::Average),
];
/// Of a hundred values, how many nobody reported.
const SILENT_PERCENT: u32 = 2;
/// Of a hundred awards, how many wait for the acceptance of the last return that they sent.
const WAITING_PERCENT: u32 = 10;

/// The indicators that these awards share.
pub fn indicators(tx: &mut Tx<'_>, reporting: Reporting, award_ids: &[Id]) -> Result<Vec<Id>, Refusal> {
    let mut made = Vec::new();
    for (number, (unit, adds_over_time, adds_over_areas)) in (1..=reporting.indicators).zip(WAYS.into_iter().cycle()) {
        let facts = IndicatorInput {
            name: format!("Made-up count {number}"),
            definition: None,
            kind: IndicatorKind::Output,
            unit: unit.to_owned(),
            direction: IndicatorDirection::Higher,
            basis: None,
            baseline: None,
            adds_over_time,
            adds_over_areas,
            breakdown: None,
            succeeds_id: None,
            subset_of_id: None,
            asks_for: None,
            counts_under_18: false,
            is_social_value: false,
            programme_id: None,
            fund_id: None,
            award_ids: award_ids.to_vec(),
            framework_codes: Vec::new(),
        };
        made.push(indicators::import_indicator(tx, &facts, Vec::new(), made_up(), None)?.id);
    }
    Ok(made)
}

/// What an award reports, quarter by quarter, and in how many returns; the last quarter is still owed.
pub fn of_award(
    tx: &mut Tx<'_>,
    (seed, reporting): (u64, Reporting),
    ground: &Ground,
    indicators: &[Id],
    (number, award_id): (u32, Id),
) -> Result<u32, Refusal> {
    let award = awards::get(tx.conn(), Scope::Office, award_id)?;
    let days = award.terms.starts_on.zip(award.terms.ends_on);
    let (starts_on, ends_on) = days.ok_or_else(|| Refusal::broken("an award without days"))?;
    let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let areas: Vec<Id> = ground.areas.iter().copied().take(at(reporting.areas)).collect();
    let leave = Leave { working_days: ReturnPolicy::default().working_days(), accepted_on: None };
    let mut draw = Draw::of(seed ^ u64::MAX, u64::from(number));
    let is_waiting = draw.is_one_in(WAITING_PERCENT);
    let mut made = 0;
    for planned in returns::planned(Some(ReturnKind::Quarterly), starts_on, ends_on).into_iter().take(at(reporting.quarters)) {
        made += 1;
        let day = planned.due_on(&leave);
        let is_accepted = made < reporting.quarters || !is_waiting;
        let content = content(&mut draw, &planned, indicators, &areas);
        let given = ImportedReturn {
            award_id,
            planned,
            state: if is_accepted { ReturnState::Accepted } else { ReturnState::Submitted },
            submitted_on: Some(day),
            accepted_on: is_accepted.then_some(day),
            content,
            provenance: made_up(),
        };
        imported::import(tx, &given)?;
    }
    Ok(made)
}

fn content(draw: &mut Draw, planned: &Planned, indicators: &[Id], areas: &[Id]) -> ReturnContent {
    let mut values = Vec::new();
    for (indicator_id, (unit, ..)) in indicators.iter().copied().zip(WAYS.into_iter().cycle()) {
        for area_id in areas.iter().copied().map(Some) {
            values.push(value(draw, indicator_id, area_id, unit == "percent"));
        }
    }
    let line = SpendLine {
        category: SpendCategory::Staff,
        amount_pence: Pence(i64::from(1 + draw.below(50_000))),
        direct_activity: true,
        spent_from: Some(planned.starts_on),
        spent_to: Some(planned.ends_on),
        note: None,
    };
    ReturnContent { spend: Some(vec![line]), values, ..ReturnContent::default() }
}

fn value(draw: &mut Draw, indicator_id: Id, area_id: Option<Id>, is_percentage: bool) -> IndicatorValue {
    let whole = |number: u32| Quantity::whole(i32::try_from(number).unwrap_or_default());
    let is_told = !draw.is_one_in(SILENT_PERCENT);
    let of = 1 + draw.below(200);
    let number = draw.below(of + 1);
    IndicatorValue {
        indicator_id,
        area_id,
        group: None,
        status: if is_told { Reported::Reported } else { Reported::NotReported },
        value: is_told.then(|| whole(number)),
        denominator: (is_told && is_percentage).then(|| whole(of)),
        basis: None,
    }
}
