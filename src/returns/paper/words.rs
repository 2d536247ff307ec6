//! How the paper of a return says things.

use chrono::NaiveDate;
use serde::Serialize;

pub use crate::kernel::plain::{day, plain};
use crate::kernel::{Id, Moment, Pence, Quantity};
use crate::returns::freeze::acts::{Context, ContextIndicator};
use crate::returns::rules::{FindingRule, IndicatorValue, Planned, Reported, ReturnContent, ReturnState, SpendCategory, SpendLine};
use crate::returns::store::Return;

/// A name and what it is.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    name: &'static str,
    text: String,
}

/// What was counted for an indicator in a place.
#[derive(Debug, Clone, Serialize)]
pub struct Counted {
    name: String,
    area: String,
    target: String,
    value: String,
    remark: String,
}

pub fn category(category: SpendCategory) -> String {
    match category {
        SpendCategory::Staff => "Pay".to_owned(),
        SpendCategory::Ppe => "Protective equipment".to_owned(),
        SpendCategory::ItInfrastructure => "Computers and telephones".to_owned(),
        SpendCategory::EssentialCostsAssets => "Essential costs: things".to_owned(),
        SpendCategory::EssentialCostsStaffCover => "Essential costs: staff cover".to_owned(),
        other => plain(other.word()),
    }
}

/// What stands above a text: as the office named it, or as it is called where the office did not.
pub fn heading(context: &Context, key: &str) -> String {
    let named = context.sections.iter().find(|(own, _)| own == key).map(|(_, heading)| heading.clone());
    named.unwrap_or_else(|| match key {
        "narrative" => "What happened".to_owned(),
        "risks" => "What may go wrong".to_owned(),
        "case_study" => "A case".to_owned(),
        other => plain(other),
    })
}

pub fn rule(rule: FindingRule) -> String {
    plain(rule.word())
}

/// What a line of spending was: its note, whether it went to people directly, its days.
pub fn note(line: &SpendLine) -> String {
    let direct = line.direct_activity.then(|| "direct activity".to_owned());
    let days = match (line.spent_from, line.spent_to) {
        (Some(from), Some(to)) => Some(format!("{} to {}", day(from), day(to))),
        (Some(from), None) => Some(format!("from {}", day(from))),
        (None, Some(to)) => Some(format!("to {}", day(to))),
        (None, None) => None,
    };
    let parts: Vec<String> = line.note.clone().into_iter().chain(direct).chain(days).collect();
    parts.join("; ")
}

/// `+£5.00`, `-£5.00`, `£0.00`.
pub fn difference(pence: Pence) -> String {
    if pence.is_positive() { format!("+{pence}") } else { pence.to_string() }
}

/// The difference of a value, and of what a percentage is of.
pub fn change(value: Quantity, denominator: Option<Quantity>) -> String {
    let signed = |own: Quantity| if own > Quantity::ZERO { format!("+{own}") } else { own.to_string() };
    denominator.map_or_else(|| signed(value), |of| format!("{} of {}", signed(value), signed(of)))
}

pub fn standing(one: &Return) -> String {
    let state = match one.state {
        ReturnState::Accepted => return "The office accepted this return.".to_owned(),
        ReturnState::Open => "nothing was written in it yet",
        ReturnState::Draft => "its provider is still writing it",
        ReturnState::Submitted | ReturnState::Resubmitted => "it was submitted, and the office has not accepted it",
        ReturnState::Queried => "the office has asked about it",
        ReturnState::FallenAway => "it is not asked for any more",
    };
    format!("This is a draft: {state}. It may still change.")
}

/// What stands at the foot of each page.
pub fn seal(sha256: Option<&str>, is_draft: bool) -> String {
    match sha256 {
        Some(sha256) => format!("SHA-256 of what was accepted: {sha256}"),
        None if is_draft => "Not frozen: this may still change.".to_owned(),
        None => "Taken in as accepted; not frozen here.".to_owned(),
    }
}

pub fn frozen(at: Moment) -> String {
    format!(
        "What was accepted was frozen on {} under the SHA-256 hash at the foot of each page. It covers award, period, figures, words, files, certificate and \
         targets; the service gives its parts with the return, so that anybody can work it out again.",
        day(at.london_day())
    )
}

pub fn certificate(one: &Return) -> String {
    let Some(on) = one.certified_on else { return "This return is not certified.".to_owned() };
    let by = one.certified_by.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
    let behalf =
        one.entered_on_behalf_by.as_deref().map(|name| format!(" {name} of the office wrote in it for the provider.")).unwrap_or_default();
    format!("Certified as it is written on {}{by}.{behalf}", day(on))
}

pub fn facts(one: &Return, reference: &str, context: &Context) -> Vec<Field> {
    let done = |on: Option<NaiveDate>, by: Option<&str>| on.map(|on| by.map_or_else(|| day(on), |by| format!("{} by {by}", day(on))));
    let all = [
        ("Provider", context.provider.clone()),
        ("Award", Some(format!("{reference}: {}", context.award_title))),
        ("Programme", context.programme.clone()),
        ("Fund", Some(context.fund.clone())),
        ("Period", Some(format!("{}: {} to {}", one.planned.period, day(one.planned.starts_on), day(one.planned.ends_on)))),
        ("Written by", one.written_by.clone()),
        ("Submitted", done(one.submitted_on, one.submitted_by.as_deref())),
        ("Accepted", done(one.accepted_on, None)),
        ("Printed in", one.provenance.evidence.clone()),
    ];
    all.into_iter().filter_map(|(name, text)| Some(Field { name, text: text? })).collect()
}

fn indicator(context: &Context, id: Id) -> Option<&ContextIndicator> {
    context.indicators.iter().find(|own| own.id == id)
}

fn area(context: &Context, id: Option<Id>) -> String {
    let Some(id) = id else { return "All areas".to_owned() };
    context.areas.iter().find(|(own, _)| *own == id).map(|(_, name)| name.clone()).unwrap_or_default()
}

fn area_and_group(context: &Context, id: Option<Id>, group: Option<&str>) -> String {
    let area = area(context, id);
    group.map_or_else(|| area.clone(), |group| format!("{area}: {group}"))
}

/// An indicator, an area and a group in words.
pub fn place(context: &Context, id: Id, area_id: Option<Id>, group: Option<&str>) -> String {
    let name = indicator(context, id).map(|own| own.name.as_str()).unwrap_or_default();
    format!("{name}, {}", area_and_group(context, area_id, group))
}

/// A value beside the target of exactly its days; targets of other days are in the remark.
pub fn counted(value: &IndicatorValue, planned: &Planned, context: &Context) -> Counted {
    let own = indicator(context, value.indicator_id);
    let (mut target, mut remarks) = (String::from("-"), Vec::new());
    for aim in own.iter().flat_map(|own| &own.targets).filter(|aim| value.group.is_none() && aim.area_id == value.area_id) {
        if (aim.starts_on, aim.ends_on) == (Some(planned.starts_on), Some(planned.ends_on)) {
            target = aim.target.to_string();
        } else {
            remarks.push(format!("target for {}: {}", aim.period, aim.target));
        }
    }
    let is_percentage = own.is_some_and(|own| own.is_percentage);
    let number = value.value.map(|own| own.to_string());
    let shown = match (value.status, number, value.denominator) {
        (Reported::NotApplicable, ..) => "Not applicable".to_owned(),
        (Reported::NotReported, ..) | (_, None, _) => "Not reported".to_owned(),
        (Reported::Reported, Some(number), Some(of)) if is_percentage => format!("{number} of {of}"),
        (Reported::Reported, Some(number), _) => number,
    };
    remarks.extend(value.basis.as_ref().map(|basis| format!("counted on: {basis}")));
    let name = own.map(|own| format!("{} ({})", own.name, own.unit.replace('_', " "))).unwrap_or_default();
    Counted {
        name,
        area: area_and_group(context, value.area_id, value.group.as_deref()),
        target,
        value: shown,
        remark: plain_sentence(&remarks),
    }
}

fn plain_sentence(parts: &[String]) -> String {
    let joined = parts.join("; ");
    let mut letters = joined.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn fields<const N: usize>(all: [(&'static str, Option<String>); N]) -> Vec<Field> {
    if all.iter().all(|(_, text)| text.is_none()) {
        return Vec::new();
    }
    all.into_iter().map(|(name, text)| Field { name, text: text.unwrap_or_else(|| "Not reported".to_owned()) }).collect()
}

fn shown<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}

pub fn delivery(content: &ReturnContent) -> Vec<Field> {
    fields([("How people were reached", content.delivery_mode.map(|mode| plain(mode.word())))])
}

pub fn caseload(content: &ReturnContent) -> Vec<Field> {
    let own = content.caseload.unwrap_or_default();
    fields([
        ("Brought forward", shown(own.brought_forward)),
        ("New", shown(own.new)),
        ("Closed", shown(own.closed)),
        ("Carried forward", shown(own.carried_forward)),
    ])
}

pub fn staffing(content: &ReturnContent) -> Vec<Field> {
    let own = content.staffing.clone().unwrap_or_default();
    fields([
        ("Posts filled (full-time equivalents)", shown(own.posts_filled)),
        ("Posts vacant (full-time equivalents)", shown(own.posts_vacant)),
        ("Days lost to sickness", shown(own.sickness_days)),
        ("How it went", own.note),
    ])
}

pub fn waiting(content: &ReturnContent) -> Vec<Field> {
    let own = content.waiting_times.unwrap_or_default();
    fields([("People waiting on the last day", shown(own.people_waiting)), ("Longest wait, in days", shown(own.longest_wait_days))])
}

pub fn capacity(content: &ReturnContent) -> Vec<Field> {
    let own = content.capacity.clone().unwrap_or_default();
    fields([
        ("Counted in", own.unit),
        ("Agreed", shown(own.contracted)),
        ("Used", shown(own.used)),
        ("Could still be taken on", shown(own.spare)),
    ])
}

pub fn onward_grants(content: &ReturnContent) -> Vec<Field> {
    let own = content.onward_grants.unwrap_or_default();
    fields([("Grants made", shown(own.number)), ("Worth together", shown(own.amount_pence))])
}
