//! What of an award a variation touches: before, after, and where another one was first.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::awards::monitoring::rules::AgreedCondition;
use crate::awards::rules::{AwardInput, AwardParticulars, split_lines};
use crate::kernel::{Id, Pence};
use crate::variations::rules::{ScheduleChange, UseOfFundsChange, VariationInput, VariationKind};

const AMOUNT: &str = "amount_pence";
const VAT: &str = "vat_pence";
const AREAS: &str = "area_ids";
const ADDRESS: &str = "address";

/// How an award stands, of what a variation can touch.
#[derive(Debug, Clone)]
pub struct Stands<'a> {
    /// Its terms, with the profile.
    pub terms: &'a AwardInput,
    /// What each budget line pays.
    pub split: &'a [(Id, Pence)],
    /// How far delivery is, and how it reaches people.
    pub delivery: Value,
    /// The targets of the indicators that the variation names, by indicator.
    pub targets: Value,
    /// What variations have moved to each category of use so far, see [`moved`].
    pub moved: BTreeMap<String, Pence>,
    /// How it is to be paid.
    pub schedule: Option<ScheduleChange>,
    /// Its conditions.
    pub conditions: Vec<AgreedCondition>,
    /// The day of each return that the variation moves, by period.
    pub return_days: BTreeMap<String, NaiveDate>,
}

/// What changes of the use of funds have moved to each category, less what they have moved from it.
#[must_use]
pub fn moved<'a>(changes: impl IntoIterator<Item = &'a UseOfFundsChange>) -> BTreeMap<String, Pence> {
    let mut sums: BTreeMap<String, Pence> = BTreeMap::new();
    for change in changes {
        for (category, pence) in [(&change.from_category, -change.amount_pence), (&change.to_category, change.amount_pence)] {
            let sum = sums.entry(category.clone()).or_default();
            *sum = *sum + pence;
        }
    }
    sums
}

/// What of an award a variation touches, for the record of before and after and for finding overlaps. With any change of the terms go
/// split, profile and annual amounts, since they are cut again.
#[must_use]
pub fn touched(input: &VariationInput, stands: &Stands<'_>) -> Value {
    let terms = stands.terms;
    let mut fields = Map::new();
    let mut note = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if input.changes_value() {
        note(AMOUNT, json!(terms.amount_pence));
    }
    if input.value.as_ref().is_some_and(|value| value.vat_pence.is_some()) || (input.changes_value() && terms.vat_pence.is_some()) {
        note(VAT, json!(terms.vat_pence));
    }
    if let Some(dates) = &input.dates {
        if dates.starts_on.is_some() {
            note("starts_on", json!(terms.starts_on));
        }
        if dates.ends_on.is_some() {
            note("ends_on", json!(terms.ends_on));
        }
    }
    if input.recuts() {
        note("split", json!(split_lines(stands.split)));
        note(VariationKind::Profile.word(), json!(terms.profile));
        note("annual_amounts", json!(terms.annual_amounts));
    }
    if input.contract.is_some() {
        note(VariationKind::Contract.word(), json!(terms.contract));
    }
    if input.delivery.is_some() {
        note(VariationKind::Delivery.word(), stands.delivery.clone());
    }
    if !input.targets.is_empty() {
        note(VariationKind::Targets.word(), stands.targets.clone());
    }
    if !input.use_of_funds.is_empty() {
        let named = input.use_of_funds.iter().flat_map(|change| [&change.from_category, &change.to_category]);
        let sums: BTreeMap<&String, Pence> =
            named.map(|category| (category, stands.moved.get(category).copied().unwrap_or_default())).collect();
        note(VariationKind::UseOfFunds.word(), json!(sums));
    }
    if input.payment_schedule.is_some() {
        note(VariationKind::PaymentSchedule.word(), json!(stands.schedule));
    }
    if input.conditions.is_some() {
        note(VariationKind::Conditions.word(), json!(stands.conditions));
    }
    if !input.return_dates.is_empty() {
        note(VariationKind::ReturnDates.word(), json!(stands.return_days));
    }
    particulars(input, terms, &mut fields);
    Value::Object(fields)
}

fn particulars(input: &VariationInput, terms: &AwardInput, fields: &mut Map<String, Value>) {
    let none = AwardParticulars::default();
    let told = terms.particulars.as_ref().unwrap_or(&none);
    let mut note = |is_asked: bool, name: &str, value: Value| {
        if is_asked {
            fields.insert(name.to_owned(), value);
        }
    };
    note(input.working_hours.is_some(), VariationKind::WorkingHours.word(), json!(told.working_hours));
    let location = input.location.as_ref();
    note(location.is_some_and(|one| one.area_ids.is_some()), AREAS, json!(terms.area_ids));
    note(location.is_some_and(|one| one.address.is_some()), ADDRESS, json!(told.address));
    note(input.interventions.is_some(), VariationKind::Interventions.word(), json!(told.interventions));
    note(input.provider_details.is_some(), VariationKind::ProviderDetails.word(), json!(told.contact));
}

/// What the variation itself says, beside what is only cut again because of it.
fn asked(input: &VariationInput) -> Vec<&'static str> {
    let (dates, location) = (input.dates.as_ref(), input.location.as_ref());
    let all = [
        (AMOUNT, input.changes_value()),
        (VAT, input.value.as_ref().is_some_and(|value| value.vat_pence.is_some())),
        ("split", input.budget_cut.is_some() || input.value.as_ref().is_some_and(|value| !value.split.is_empty())),
        ("starts_on", dates.is_some_and(|dates| dates.starts_on.is_some())),
        ("ends_on", dates.is_some_and(|dates| dates.ends_on.is_some())),
        (VariationKind::Profile.word(), !input.profile.is_empty()),
        (VariationKind::Contract.word(), input.contract.is_some()),
        (VariationKind::Delivery.word(), input.delivery.is_some()),
        (VariationKind::Targets.word(), !input.targets.is_empty()),
        (VariationKind::UseOfFunds.word(), !input.use_of_funds.is_empty()),
        (VariationKind::PaymentSchedule.word(), input.payment_schedule.is_some()),
        (VariationKind::WorkingHours.word(), input.working_hours.is_some()),
        (AREAS, location.is_some_and(|one| one.area_ids.is_some())),
        (ADDRESS, location.is_some_and(|one| one.address.is_some())),
        (VariationKind::Interventions.word(), input.interventions.is_some()),
        (VariationKind::Conditions.word(), input.conditions.is_some()),
        (VariationKind::ProviderDetails.word(), input.provider_details.is_some()),
    ];
    all.into_iter().filter(|(_, is_asked)| *is_asked).map(|(name, _)| name).collect()
}

/// The fields which the variation changes that do not stand any more as they did when it was issued.
#[must_use]
pub fn overlaps(input: &VariationInput, issued: &Value, now: &Value) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = asked(input).into_iter().filter(|name| issued.get(*name) != now.get(*name)).collect();
    // Returns that were sent meanwhile are not another change; a day that was agreed otherwise is.
    let name = VariationKind::ReturnDates.word();
    let days = |all: &Value| all.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, then) = (days(issued), days(now));
    if before.iter().any(|(period, day)| then.get(period).is_some_and(|other| other != day)) {
        found.push(name);
    }
    found
}

/// A change, or what stands before or after it, as the log has it: that is kept for good, so it does without who answers for a provider.
#[must_use]
pub fn for_log(mut told: Value) -> Value {
    if let Some(details) = told.get_mut(VariationKind::ProviderDetails.word()).filter(|details| !details.is_null()) {
        *details = json!("changed");
    }
    told
}
