//! A variation that would leave everything as it is.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::{Known, Stands, VariationInput, moved, return_days};
use crate::awards::monitoring::rules::AwardCondition;
use crate::awards::rules::{QuarterAmount, settle_split};
use crate::kernel::{Faults, Id, Pence};

/// What is wrong with a variation none of whose parts changes anything: each of them is named. Of one that changes something beside, what stays as it
/// is does no harm. What delivery is to be in words is a change, since that is what a reassurance says. Amounts, clauses, hours, places, kinds of help and
/// contacts that stay are told by themselves.
#[must_use]
pub fn idle_faults(input: &VariationInput, stands: &Stands<'_>, known: &Known) -> Faults {
    let mut faults = Faults::new();
    let parts = parts(input, stands, known);
    if is_told_by_itself(input) || parts.iter().any(|(_, is_idle)| *is_idle == Some(false)) {
        return faults;
    }
    let sentence = "The award stands so already, so this variation would change nothing.";
    for (pointer, is_idle) in parts {
        faults.require(is_idle.is_none(), pointer, "nothing_changes", sentence);
    }
    faults
}

fn is_told_by_itself(input: &VariationInput) -> bool {
    let is_particular =
        input.working_hours.is_some() || input.location.is_some() || input.interventions.is_some() || input.provider_details.is_some();
    let is_amount = input.budget_cut.is_some() || !input.change_pence().is_zero();
    is_amount || input.contract.is_some() || is_particular
}

/// Each other part of a variation, and whether it leaves all as it is; nothing where the variation has no such part.
fn parts(input: &VariationInput, stands: &Stands<'_>, known: &Known) -> [(&'static str, Option<bool>); 10] {
    let terms = stands.terms;
    let vat = input.value.as_ref().and_then(|value| value.vat_pence).map(|vat| terms.vat_pence == Some(vat));
    let split = input.value.as_ref().filter(|value| !value.split.is_empty()).map(|value| {
        let amount = terms.amount_pence.unwrap_or_else(|| stands.split.iter().map(|(_, pence)| *pence).sum());
        by_line(settle_split(amount, &value.split, &[])) == by_line(stands.split.to_vec())
    });
    let stays = |asked: Option<NaiveDate>, now: Option<NaiveDate>| asked.is_none() || asked == now;
    let dates = input.dates.as_ref().map(|dates| stays(dates.starts_on, terms.starts_on) && stays(dates.ends_on, terms.ends_on));
    let profile = (!input.profile.is_empty()).then(|| in_order(&input.profile) == in_order(&terms.profile));
    let schedule = input.payment_schedule.as_ref().map(|plan| stands.schedule.as_ref() == Some(plan));
    let delivery = input.delivery.as_ref().map(|delivery| {
        let is_same_mode = delivery.mode.is_none_or(|mode| stands.delivery.get("mode") == Some(&json!(mode)));
        delivery.description.is_none() && stands.delivery.get("status") == Some(&json!(delivery.status)) && is_same_mode
    });
    let targets = (!input.targets.is_empty()).then(|| {
        let now = |id: String| stands.targets.get(id);
        input.targets.iter().all(|change| now(change.indicator_id.to_string()) == Some(&json!(change.targets)))
    });
    let uses = (!input.use_of_funds.is_empty()).then(|| moved(&input.use_of_funds).values().all(|pence| pence.is_zero()));
    let conditions = input.conditions.as_ref().map(|change| {
        let then: Vec<_> = change.applied_to(&known.conditions).iter().map(AwardCondition::agreed).collect();
        then == stands.conditions
    });
    let return_dates = (!input.return_dates.is_empty()).then(|| {
        let then: BTreeMap<_, _> = return_days(&input.return_dates, &known.awaited).into_iter().collect();
        then == stands.return_days
    });
    [
        ("/value/vat_pence", vat),
        ("/value/split", split),
        ("/dates", dates),
        ("/profile", profile),
        ("/payment_schedule", schedule),
        ("/delivery", delivery),
        ("/targets", targets),
        ("/use_of_funds", uses),
        ("/conditions", conditions),
        ("/return_dates", return_dates),
    ]
}

fn by_line(mut split: Vec<(Id, Pence)>) -> Vec<(Id, Pence)> {
    split.sort_by_key(|(line, _)| *line);
    split
}

fn in_order(profile: &[QuarterAmount]) -> Vec<QuarterAmount> {
    let mut all = profile.to_vec();
    all.sort_by_key(|one| one.quarter);
    all
}
