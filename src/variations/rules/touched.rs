//! What of an award a variation touches: before, after, and where another one was first.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::awards::rules::{AwardInput, split_lines};
use crate::kernel::{Id, Pence};
use crate::variations::rules::{UseOfFundsChange, VariationInput, VariationKind};

const AMOUNT: &str = "amount_pence";
const VAT: &str = "vat_pence";

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
    if input.value.is_some() {
        note(AMOUNT, json!(terms.amount_pence));
    }
    if input.value.as_ref().is_some_and(|value| value.vat_pence.is_some() || terms.vat_pence.is_some()) {
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
    if input.changes_terms() {
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
    Value::Object(fields)
}

/// What the variation itself says, beside what is only cut again because of it.
fn asked(input: &VariationInput) -> Vec<&'static str> {
    let dates = input.dates.as_ref();
    let all = [
        (AMOUNT, input.value.is_some()),
        (VAT, input.value.as_ref().is_some_and(|value| value.vat_pence.is_some())),
        ("split", input.value.as_ref().is_some_and(|value| !value.split.is_empty())),
        ("starts_on", dates.is_some_and(|dates| dates.starts_on.is_some())),
        ("ends_on", dates.is_some_and(|dates| dates.ends_on.is_some())),
        (VariationKind::Profile.word(), !input.profile.is_empty()),
        (VariationKind::Contract.word(), input.contract.is_some()),
        (VariationKind::Delivery.word(), input.delivery.is_some()),
        (VariationKind::Targets.word(), !input.targets.is_empty()),
        (VariationKind::UseOfFunds.word(), !input.use_of_funds.is_empty()),
    ];
    all.into_iter().filter(|(_, is_asked)| *is_asked).map(|(name, _)| name).collect()
}

/// The fields which the variation changes that do not stand any more as they did when it was issued.
#[must_use]
pub fn overlaps(input: &VariationInput, issued: &Value, now: &Value) -> Vec<&'static str> {
    asked(input).into_iter().filter(|name| issued.get(*name) != now.get(*name)).collect()
}
