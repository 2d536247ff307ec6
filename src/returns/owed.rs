//! What an award owes in returns, and what they are checked against.

use chrono::NaiveDate;

use crate::access::Scope;
use crate::awards::indicators::acts as indicators;
use crate::awards::indicators::rules::IndicatorMeasure;
use crate::awards::monitoring::acts::plan;
use crate::awards::monitoring::rules::MonitoringFrequency;
use crate::awards::rules::AwardState;
use crate::awards::{Award, acts as awards};
use crate::funds::{areas, budget_lines};
use crate::kernel::{Id, Refusal};
use crate::returns::rules::{self, Asked, Planned, ReturnContent, ReturnKind};
use crate::store::Conn;

/// The returns that an award owes as it stands now. None before it goes live, or where its dates or plan are not known.
pub(super) fn planned(conn: &mut Conn, award: &Award) -> Result<Vec<Planned>, Refusal> {
    let is_owed =
        matches!(award.state(), AwardState::Live | AwardState::Paused | AwardState::Ended | AwardState::Closed | AwardState::Terminated);
    let days = award.terms.starts_on.zip(last_day(award)).filter(|(starts_on, ends_on)| starts_on <= ends_on);
    let (true, Some((starts_on, ends_on))) = (is_owed, days) else { return Ok(Vec::new()) };
    Ok(rules::planned(kind(plan(conn, award)?.frequency), starts_on, ends_on))
}

const fn kind(frequency: Option<MonitoringFrequency>) -> Option<ReturnKind> {
    match frequency {
        Some(MonitoringFrequency::Quarterly) => Some(ReturnKind::Quarterly),
        Some(MonitoringFrequency::HalfYearly) => Some(ReturnKind::HalfYearly),
        Some(MonitoringFrequency::EndOfGrant) => Some(ReturnKind::EndOfGrant),
        Some(MonitoringFrequency::None) | None => None,
    }
}

/// The last day of delivery: the day on which it ended early, or the last day agreed.
fn last_day(award: &Award) -> Option<NaiveDate> {
    match (award.standing.ended_on, award.terms.ends_on) {
        (Some(ended), Some(agreed)) => Some(ended.min(agreed)),
        (ended, agreed) => ended.or(agreed),
    }
}

/// What the content of a return for `period` is checked against.
pub(super) fn asked(conn: &mut Conn, award_id: Id, period: &Planned, content: &ReturnContent) -> Result<Asked, Refusal> {
    let award = awards::get(conn, Scope::Office, award_id)?;
    let counted = indicators::of_award(conn, award_id)?;
    let area_ids: Vec<Id> = content.values.iter().filter_map(|value| value.area_id).collect();
    Ok(Asked {
        starts_on: period.starts_on,
        ends_on: period.ends_on,
        window: window(conn, &award)?,
        indicators: counted.into_iter().map(|one| (one.id, one.facts.measure() == IndicatorMeasure::Percent)).collect(),
        areas: areas::named(conn, &area_ids)?.into_keys().collect(),
        wants_denominators: true,
    })
}

/// The days on which all of the award's budget lines may be spent (R14).
fn window(conn: &mut Conn, award: &Award) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Refusal> {
    let line_ids: Vec<Id> = award.split.iter().map(|(line_id, _)| *line_id).collect();
    let windows = budget_lines::windows(conn, &line_ids)?;
    let opens_on = windows.iter().filter_map(|(opens_on, _)| *opens_on).max();
    let closes_on = windows.iter().filter_map(|(_, closes_on)| *closes_on).min();
    Ok((opens_on, closes_on))
}
