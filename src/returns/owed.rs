//! What an award owes in returns, and what they are checked against.

use std::collections::HashSet;

use chrono::NaiveDate;

use crate::access::Scope;
use crate::awards::indicators::acts as indicators;
use crate::awards::indicators::rules::{AddsOverAreas, AddsOverTime, Indicator, IndicatorMeasure};
use crate::awards::monitoring::acts::Reported;
use crate::awards::monitoring::rules::MonitoringFrequency;
use crate::awards::rules::{AwardState, QuarterAmount};
use crate::awards::{Award, acts as awards};
use crate::funds::{areas, budget_lines};
use crate::kernel::{Id, Pence, Refusal};
use crate::returns::form::rules::is_short;
use crate::returns::policy::acts as policy;
use crate::returns::queries::acts as queries;
use crate::returns::rules::{
    self, Asked, AskedGroups, AskedIndicator, AskedMoney, NarrativeSection, Planned, ReturnContent, ReturnKind, Unanswered,
};
use crate::returns::sections::acts as sections;
use crate::returns::sections::rules::{self as named, SectionSet};
use crate::returns::store::{self, Return};
use crate::store::Conn;

/// The returns that an award owes. None before it goes live, or where its dates or plan are not known.
pub(super) fn planned(award: &Reported) -> Vec<Planned> {
    let is_owed =
        matches!(award.state, AwardState::Live | AwardState::Paused | AwardState::Ended | AwardState::Closed | AwardState::Terminated);
    let days = award.starts_on.zip(last_day(award)).filter(|(starts_on, ends_on)| starts_on <= ends_on);
    let (true, Some((starts_on, ends_on))) = (is_owed, days) else { return Vec::new() };
    rules::planned(kind(award.frequency), starts_on, ends_on)
}

/// What the returns of an award go by if it stood as `award` says, with this frequency in its plan.
pub(super) fn reported(award: &Award, frequency: Option<MonitoringFrequency>) -> Reported {
    Reported {
        state: award.state(),
        starts_on: award.terms.starts_on,
        ends_on: award.terms.ends_on,
        ended_on: award.standing.ended_on,
        accepted_on: award.standing.accepted_on,
        provider_id: award.terms.provider_id,
        frequency,
    }
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
fn last_day(award: &Reported) -> Option<NaiveDate> {
    match (award.ended_on, award.ends_on) {
        (Some(ended), Some(agreed)) => Some(ended.min(agreed)),
        (ended, agreed) => ended.or(agreed),
    }
}

/// What an award asks of each of its returns: looked up once for all of them.
pub(super) struct OfAward {
    /// The award.
    pub(super) award: Award,
    /// What it counts.
    pub(super) indicators: Vec<Indicator>,
    /// Whether its returns have a short form.
    pub(super) is_short: bool,
    sections: Vec<SectionSet>,
    profile: Vec<QuarterAmount>,
    tolerance_percent: i64,
    window: (Option<NaiveDate>, Option<NaiveDate>),
}

/// What this award asks of its returns.
pub(super) fn of_award(conn: &mut Conn, award_id: Id) -> Result<OfAward, Refusal> {
    let award = awards::get(conn, Scope::Office, award_id)?;
    let (profile, window) = (awards::profile(conn, &award)?, window(conn, &award)?);
    let policy = policy::get(conn)?.policy;
    Ok(OfAward {
        indicators: indicators::of_award(conn, award.id)?,
        is_short: is_short(award.terms.amount_pence, policy.short_form_up_to_pence),
        sections: sections::of_award(conn, &award)?,
        profile,
        tolerance_percent: i64::from(policy.profile_tolerance_percent),
        window,
        award,
    })
}

/// What the content of a return for `period` is checked against while it is written.
pub(super) fn asked(conn: &mut Conn, award_id: Id, period: &Planned, content: &ReturnContent) -> Result<Asked, Refusal> {
    of_award(conn, award_id)?.asked(conn, period, content)
}

/// What a return is checked against as a whole: its award's money and the returns before it included.
pub(super) fn asked_as_a_whole(conn: &mut Conn, one: &Return, content: &ReturnContent) -> Result<Asked, Refusal> {
    of_award(conn, one.award_id)?.asked_as_a_whole(conn, one, content)
}

impl OfAward {
    /// What one of its returns is checked against as a whole.
    pub(super) fn asked_as_a_whole(&self, conn: &mut Conn, one: &Return, content: &ReturnContent) -> Result<Asked, Refusal> {
        let money = AskedMoney {
            value: awards::worth(conn, &self.award)?,
            planned: self.planned_spend(&one.planned),
            spent_elsewhere: store::spent_elsewhere(conn, one)?,
            tolerance_percent: self.tolerance_percent,
        };
        let (earlier, forecasts, told_after) = (store::earlier(conn, one)?, store::forecasts(conn, one)?, store::told_after(conn, one)?);
        let unanswered = queries::of_return(conn, one.id)?.into_iter().filter(|(_, answer)| answer.is_none());
        let unanswered =
            unanswered.map(|(query, _)| Unanswered { query_id: query.id, pointer: query.pointer, asked_on: query.asked_on }).collect();
        let (sections, _) = self.sections(&one.planned);
        Ok(Asked {
            money,
            earlier,
            forecasts,
            told_after,
            unanswered,
            sections,
            names_sections: true,
            ..self.asked(conn, &one.planned, content)?
        })
    }

    /// The sections of the narrative that a return asks for, and whether the office named them.
    pub(super) fn sections(&self, period: &Planned) -> (Vec<NarrativeSection>, bool) {
        named::in_force(&self.sections, sections::scopes(&self.award), period.ends_on)
    }

    /// What the award's profile plans for the days of a return; none without a profile.
    pub(super) fn planned_spend(&self, period: &Planned) -> Option<Pence> {
        let terms = &self.award.terms;
        let agreed = (terms.starts_on.unwrap_or(period.starts_on), terms.ends_on.unwrap_or(period.ends_on));
        let of_quarter = |planned: &QuarterAmount| {
            let quarter = (planned.quarter.first_day(), planned.quarter.last_day());
            rules::share_of_plan(planned.amount_pence, quarter, agreed, (period.starts_on, period.ends_on))
        };
        (!self.profile.is_empty()).then(|| self.profile.iter().map(of_quarter).sum())
    }

    fn asked(&self, conn: &mut Conn, period: &Planned, content: &ReturnContent) -> Result<Asked, Refusal> {
        let award = &self.award;
        let targets = self.indicators.iter().flat_map(|one| &one.targets).filter_map(|facts| facts.target.area_id);
        let own = award.terms.area_ids.iter().copied();
        let ids: HashSet<Id> = content.values.iter().filter_map(|value| value.area_id).chain(targets).chain(own).collect();
        let known = areas::named(conn, &ids.into_iter().collect::<Vec<_>>())?;
        let with_name = |id: &Id| known.get(id).map(|named| (*id, named.name.clone()));
        let indicators = self.indicators.iter().map(|one| AskedIndicator {
            id: one.id,
            name: one.facts.name.clone(),
            is_percentage: one.facts.measure() == IndicatorMeasure::Percent,
            subset_of: one.facts.subset_of_id,
            asks_for: one.facts.asks_for(),
            counts_under_18: one.facts.counts_under_18,
            aimed_at: aimed_at(one, award, period).iter().filter_map(with_name).collect(),
            areas_add: one.facts.adds_over_areas == AddsOverAreas::Sum,
            groups: one.facts.breakdown.as_ref().map(|breakdown| AskedGroups {
                by: breakdown.by.clone(),
                names: breakdown.groups.clone(),
                add: breakdown.adds == AddsOverAreas::Sum,
                become_one: breakdown.adds != AddsOverAreas::None,
                tell_under_18: !breakdown.under_18.is_empty(),
            }),
            whole: counts_whole(one).then(|| one.facts.unit.clone()),
        });
        Ok(Asked {
            starts_on: period.starts_on,
            ends_on: period.ends_on,
            window: self.window,
            indicators: indicators.collect(),
            own_areas: award.terms.area_ids.iter().filter_map(with_name).collect(),
            areas: known.into_keys().collect(),
            sections: Vec::new(),
            names_sections: false,
            is_short: self.is_short,
            wants_denominators: true,
            money: AskedMoney::default(),
            earlier: Vec::new(),
            forecasts: Vec::new(),
            told_after: Vec::new(),
            unanswered: Vec::new(),
        })
    }
}

/// What may be counted in parts. A unit that is not known here comes whole.
const IN_PARTS: [&str; 14] = [
    "percent",
    "pounds",
    "pounds_per_pound",
    "hours",
    "days",
    "weeks",
    "months",
    "years",
    "minutes",
    "score",
    "rating",
    "points",
    "miles",
    "fte",
];

/// Whether an indicator counts what comes whole, and shows no mean of it.
fn counts_whole(one: &Indicator) -> bool {
    let facts = &one.facts;
    let is_mean = facts.adds_over_time == AddsOverTime::Average || facts.adds_over_areas == AddsOverAreas::Average;
    !is_mean && !IN_PARTS.contains(&facts.unit.as_str())
}

/// The areas in which something is aimed at in these days. Of an indicator that several awards share, each reports its own areas.
pub(super) fn aimed_at(one: &Indicator, award: &Award, period: &Planned) -> Vec<Id> {
    let is_alone = one.facts.award_ids.len() == 1;
    let mut areas: Vec<Id> = Vec::new();
    for target in one.targets.iter().map(|facts| &facts.target) {
        let is_now =
            target.starts_on.is_none_or(|first| first <= period.ends_on) && target.ends_on.is_none_or(|last| period.starts_on <= last);
        let own = target.area_id.filter(|area| is_alone || award.terms.area_ids.contains(area));
        areas.extend(own.filter(|area| is_now && !areas.contains(area)));
    }
    areas
}

/// The days on which money of the award may be spent (R14): from the first day of any of its budget lines to the last of any, since spend is
/// not told by line. A line without a bound leaves it open.
fn window(conn: &mut Conn, award: &Award) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Refusal> {
    let line_ids: Vec<Id> = award.split.iter().map(|(line_id, _)| *line_id).collect();
    budget_lines::window(conn, &line_ids)
}
