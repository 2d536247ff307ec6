//! A later account of an award, laid over what the award has become since the account before.

use crate::awards::rules::{AwardInput, SplitLine, move_split, settle_split, split_lines};
use crate::kernel::{Id, Pence};

/// The account of an award that its versions show, the first one first: what was told of its beginning, without what variations made of
/// it. A version that no variation made tells as much as it differs from the one before.
#[must_use]
pub fn told_so_far<'a>(versions: impl IntoIterator<Item = (bool, &'a AwardInput)>) -> Option<AwardInput> {
    let mut versions = versions.into_iter();
    let (_, first) = versions.next()?;
    let (mut base, mut before) = (first.clone(), first);
    for (is_varied, next) in versions {
        if !is_varied {
            let amount_pence = retold_amount(base.amount_pence, before.amount_pence, next.amount_pence);
            base = AwardInput {
                amount_pence,
                starts_on: if next.starts_on == before.starts_on { base.starts_on } else { next.starts_on },
                ends_on: if next.ends_on == before.ends_on { base.ends_on } else { next.ends_on },
                profile: if next.profile == before.profile { base.profile } else { next.profile.clone() },
                contract: if next.contract == before.contract { base.contract } else { next.contract },
                particulars: if next.particulars == before.particulars { base.particulars } else { next.particulars.clone() },
                split: if next.split == before.split { base.split } else { moved(next, amount_pence) },
                ..next.clone()
            };
        }
        before = next;
    }
    Some(base)
}

/// The terms after a later account `told`. `base` are those of the account before it, `kept` those that hold now: variations may lie
/// between them, and stay. An account says what an award was at its beginning, so a correction of its amount or dates changes what
/// holds now by as much. What an account leaves empty of what papers seldom print is as it was: an office may have added it in the
/// service, and its folder may have no column for it.
///
/// `split` is what each line pays from now on where the account tells that anew, and empty where each line changes in proportion.
#[must_use]
pub fn retold(kept: &AwardInput, base: &AwardInput, told: &AwardInput) -> AwardInput {
    let is_paid = told.tranche_id.is_some() || told.earmark_id.is_some();
    let same_power = told.legal_power == kept.legal_power;
    let amount_pence = retold_amount(kept.amount_pence, base.amount_pence, told.amount_pence);
    AwardInput {
        succeeds: told.succeeds.or(kept.succeeds),
        earmark_id: if is_paid { told.earmark_id } else { kept.earmark_id },
        legal_power_text: told.legal_power_text.clone().or_else(|| kept.legal_power_text.clone().filter(|_| same_power)),
        purpose: told.purpose.clone().or_else(|| kept.purpose.clone()),
        amount_pence,
        vat_pence: told.vat_pence.or(kept.vat_pence),
        starts_on: if told.starts_on == base.starts_on { kept.starts_on } else { told.starts_on },
        ends_on: if told.ends_on == base.ends_on { kept.ends_on } else { told.ends_on },
        contract: if told.contract == base.contract { kept.contract } else { told.contract.or(kept.contract) },
        post: told.post.clone().or_else(|| kept.post.clone()),
        particulars: told.particulars.clone().or_else(|| kept.particulars.clone()),
        profile: if told.profile.is_empty() || told.profile == base.profile { kept.profile.clone() } else { told.profile.clone() },
        annual_amounts: if told.annual_amounts.is_empty() { kept.annual_amounts.clone() } else { told.annual_amounts.clone() },
        split: retold_split(base, told, amount_pence),
        ..told.clone()
    }
}

fn retold_amount(kept: Option<Pence>, base: Option<Pence>, told: Option<Pence>) -> Option<Pence> {
    match (kept, base, told) {
        (Some(kept), Some(base), Some(told)) => Some(kept + told - base),
        _ => told,
    }
}

fn retold_split(base: &AwardInput, told: &AwardInput, amount: Option<Pence>) -> Vec<SplitLine> {
    let is_told_anew = !told.split.is_empty() && settled(told) != settled(base);
    if is_told_anew { moved(told, amount) } else { Vec::new() }
}

fn settled(terms: &AwardInput) -> Vec<(Id, Pence)> {
    let mut lines = settle_split(terms.amount_pence.unwrap_or_default(), &terms.split, &[]);
    lines.sort_unstable();
    lines
}

/// The split of `terms`, each line changed in proportion so that they pay `amount` together.
fn moved(terms: &AwardInput, amount: Option<Pence>) -> Vec<SplitLine> {
    let change = amount.unwrap_or_default() - terms.amount_pence.unwrap_or_default();
    split_lines(&move_split(&settled(terms), change))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn terms(changes: &serde_json::Value) -> AwardInput {
        let mut terms = json!({ "kind": "grant", "fund_period_id": Id::new(), "title": "Street project", "amount_pence": 100,
            "starts_on": "2020-04-01", "ends_on": "2021-03-31", "area_ids": [] });
        for (name, value) in changes.as_object().unwrap() {
            terms[name] = value.clone();
        }
        serde_json::from_value(terms).unwrap()
    }

    #[test]
    fn variations_and_what_the_office_added_stay() {
        let base = terms(&json!({}));
        let kept = AwardInput {
            purpose: Some("youth work".to_owned()),
            amount_pence: Some(Pence(180)),
            ends_on: "2021-06-30".parse().ok(),
            ..base.clone()
        };
        assert_eq!(retold(&kept, &base, &base), kept);
        let told = AwardInput { amount_pence: Some(Pence(90)), title: "Street work".to_owned(), ..base.clone() };
        let after = retold(&kept, &base, &told);
        assert_eq!((after.amount_pence, after.title.as_str(), after.ends_on), (Some(Pence(170)), "Street work", kept.ends_on));
        assert_eq!(after.purpose.as_deref(), Some("youth work"));
        let told = AwardInput { ends_on: "2021-01-31".parse().ok(), purpose: Some("sport".to_owned()), ..base.clone() };
        let after = retold(&kept, &base, &told);
        assert_eq!((after.ends_on, after.purpose.as_deref()), ("2021-01-31".parse().ok(), Some("sport")));
    }

    #[test]
    fn what_was_told_is_found_again_beneath_variations() {
        let first = terms(&json!({}));
        let varied = AwardInput { amount_pence: Some(Pence(180)), ends_on: "2021-06-30".parse().ok(), ..first.clone() };
        let retold = AwardInput { amount_pence: Some(Pence(170)), title: "Street work".to_owned(), ..varied.clone() };
        let base = told_so_far([(false, &first), (true, &varied), (false, &retold)]).unwrap();
        assert_eq!((base.amount_pence, base.ends_on, base.title.as_str()), (Some(Pence(90)), first.ends_on, "Street work"));
        assert_eq!(told_so_far([(false, &first), (true, &varied)]), Some(first));
        assert_eq!(told_so_far([]), None);
    }

    #[test]
    fn clauses_that_a_variation_brought_stay() {
        let first = terms(&json!({ "kind": "contract", "contract": { "living_wage_clause": true } }));
        let varied = AwardInput {
            contract: terms(&json!({ "contract": { "living_wage_clause": true, "social_value": {} } })).contract,
            ..first.clone()
        };
        let titled = AwardInput { title: "Street work".to_owned(), ..varied.clone() };
        let base = told_so_far([(false, &first), (true, &varied), (false, &titled)]).unwrap();
        assert_eq!(base.contract, first.contract);
        assert_eq!(retold(&titled, &base, &first).contract, varied.contract);
        let told = AwardInput { contract: terms(&json!({ "contract": { "living_wage_clause": false } })).contract, ..first.clone() };
        assert_eq!(retold(&titled, &base, &told).contract, told.contract);
        assert_eq!(retold(&titled, &base, &AwardInput { contract: None, ..first }).contract, varied.contract);
    }

    #[test]
    fn a_split_told_anew_carries_the_variations() {
        let (one, other) = (Id::new(), Id::new());
        let split = |first: i64, second: i64| json!([{ "budget_line_id": one, "amount_pence": first }, { "budget_line_id": other, "amount_pence": second }]);
        let base = terms(&json!({ "split": split(50, 50) }));
        let kept = AwardInput { amount_pence: Some(Pence(200)), ..base.clone() };
        assert_eq!(retold(&kept, &base, &base).split, []);
        let told = AwardInput { split: serde_json::from_value(split(75, 25)).unwrap(), ..base.clone() };
        let mut paid: Vec<_> = retold(&kept, &base, &told).split.iter().map(|line| line.amount_pence.unwrap()).collect();
        paid.sort_unstable();
        assert_eq!(paid, [Pence(50), Pence(150)]);
    }

    #[test]
    fn an_uneven_variation_keeps_its_lines_however_often_the_rest_is_told() {
        let (one, other) = (Id::new(), Id::new());
        let split = |first: i64, second: i64| split_lines(&[(one, Pence(first)), (other, Pence(second))]);
        let first = AwardInput { split: split(50, 50), ..terms(&json!({})) };
        let varied = AwardInput { amount_pence: Some(Pence(180)), split: split(130, 50), ..first.clone() };
        let titled = AwardInput { title: "Street work".to_owned(), ..varied.clone() };
        let base = told_so_far([(false, &first), (true, &varied), (false, &titled)]).unwrap();
        assert_eq!(base.split, first.split);
        let told = AwardInput { title: "Street sport".to_owned(), ..first.clone() };
        assert_eq!(retold(&titled, &base, &told).split, []);
        // A split that was told anew meanwhile is found again without the variation.
        let anew = AwardInput { split: split(36, 144), ..titled.clone() };
        let base = told_so_far([(false, &first), (true, &varied), (false, &anew)]).unwrap();
        assert_eq!(base.split, split(20, 80));
    }
}
