//! What was spent of a claim's budget line, and what is different by now in the days of earlier claims.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::kernel::{Id, Pence, Refusal};
use crate::publishing::claims::rules::{ClaimRow, ClaimSection};
use crate::reports::asked::At;
use crate::reports::claim::store::{self, ClaimFacts, FrozenClaim, PaidAward};
use crate::reports::returned::{self, Spending};
use crate::store::Conn;

/// Spend by award's reference and category, with its returns.
type Spent = BTreeMap<(String, String), (Pence, BTreeSet<Id>)>;

/// The rows of what was spent in the days of the claim, then of what changed in earlier ones.
pub(super) fn rows(conn: &mut Conn, at: At, claim: &ClaimFacts, awards: &HashMap<Id, PaidAward>) -> Result<Vec<ClaimRow>, Refusal> {
    let spending = returned::spending(conn, at)?;
    let by_reference: HashMap<&str, &PaidAward> = awards.values().map(|award| (award.reference.as_str(), award)).collect();
    let own = spent(&spending, awards, claim.days());
    let mut rows: Vec<ClaimRow> = own
        .into_iter()
        .map(|(key, (amount, returns))| {
            let return_count = i64::try_from(returns.len()).ok();
            let row = ClaimRow {
                return_count,
                starts_on: Some(claim.starts_on),
                ends_on: Some(claim.ends_on),
                ..ClaimRow::of(ClaimSection::Spend)
            };
            told(row, &by_reference, key, amount)
        })
        .collect();
    let earlier = store::frozen_of_line(conn, claim, at)?;
    for one in earlier.iter().filter(|one| one.days.1 < claim.starts_on) {
        let now = spent(&spending, awards, one.days);
        for (key, amount) in changed(now, &already_told(one, &earlier)) {
            let reference = Some(one.reference.clone());
            let row = ClaimRow { reference, starts_on: Some(one.days.0), ends_on: Some(one.days.1), ..ClaimRow::of(ClaimSection::Earlier) };
            rows.push(told(row, &by_reference, key, amount));
        }
    }
    Ok(rows)
}

/// What accepted returns of these days report, and adjustments that count in them.
fn spent(spending: &Spending, awards: &HashMap<Id, PaidAward>, (first, last): (NaiveDate, NaiveDate)) -> Spent {
    let lies_in = |ends_on: NaiveDate| first <= ends_on && ends_on <= last;
    let mut all = Spent::new();
    let mut add = |return_id: Id, category: &str, amount: Pence, ends_on: Option<NaiveDate>, is_return: bool| {
        let Some(of) = spending.returns.get(&return_id) else { return };
        let Some(award) = awards.get(&of.award_id) else { return };
        if !lies_in(ends_on.unwrap_or(of.ends_on)) {
            return;
        }
        let (sum, returns) = all.entry((award.reference.clone(), category.to_owned())).or_default();
        *sum = *sum + amount;
        if is_return {
            returns.insert(return_id);
        }
    };
    for row in &spending.spend {
        add(row.return_id, &row.category, row.amount, None, true);
    }
    for row in &spending.adjusted {
        add(row.return_id, &row.category, row.amount, Some(row.ends_on), false);
    }
    all
}

/// What was told of the days of an earlier claim: with it, and with those after it.
fn already_told(one: &FrozenClaim, all: &[FrozenClaim]) -> BTreeMap<(String, String), Pence> {
    let mut sums: BTreeMap<(String, String), Pence> = BTreeMap::new();
    for claim in all {
        let is_about = |row: &&ClaimRow| match row.section {
            ClaimSection::Spend => claim.reference == one.reference,
            ClaimSection::Earlier => row.reference.as_ref() == Some(&one.reference),
            _ => false,
        };
        for row in claim.figures.rows.iter().filter(is_about) {
            let key = (row.award.clone().unwrap_or_default(), row.category.clone().unwrap_or_default());
            let sum = sums.entry(key).or_default();
            *sum = *sum + row.amount_pence.unwrap_or_default();
        }
    }
    sums
}

/// What is different by now.
fn changed(now: Spent, before: &BTreeMap<(String, String), Pence>) -> Vec<((String, String), Pence)> {
    let now: BTreeMap<(String, String), Pence> = now.into_iter().map(|(key, (amount, _))| (key, amount)).collect();
    let keys: BTreeSet<&(String, String)> = now.keys().chain(before.keys()).collect();
    let of = |all: &BTreeMap<(String, String), Pence>, key: &(String, String)| all.get(key).copied().unwrap_or_default();
    let differences = keys.into_iter().map(|key| (key.clone(), of(&now, key) - of(before, key)));
    differences.filter(|(_, amount)| !amount.is_zero()).collect()
}

/// A row with the award, the category and the money.
fn told(row: ClaimRow, awards: &HashMap<&str, &PaidAward>, (award, category): (String, String), amount: Pence) -> ClaimRow {
    let own = awards.get(award.as_str());
    ClaimRow {
        award_title: own.map(|award| award.title.clone()),
        provider: own.and_then(|award| award.provider.clone()),
        share_pence: own.map(|award| share(amount, award)),
        award: Some(award),
        category: Some(category),
        amount_pence: Some(amount),
        ..row
    }
}

/// The share of the line in what was spent: as much of it as the line pays of the award.
fn share(amount: Pence, award: &PaidAward) -> Pence {
    let Some(whole) = award.amount.filter(|whole| whole.is_positive()) else { return amount };
    if amount < Pence::ZERO {
        Pence::ZERO - (Pence::ZERO - amount).in_proportion(whole, award.paid)
    } else {
        amount.in_proportion(whole, award.paid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_share_and_a_correction_the_same() {
        let (title, reference) = (String::new(), String::new());
        let award = PaidAward { reference, title, provider: None, paid: Pence(300), amount: Some(Pence(900)) };
        assert_eq!((share(Pence(100), &award), share(Pence(-100), &award)), (Pence(33), Pence(-33)));
        assert_eq!(share(Pence(100), &PaidAward { amount: None, ..award }), Pence(100));
    }

    #[test]
    fn only_what_is_different_is_told_again() {
        let key = |category: &str| ("A".to_owned(), category.to_owned());
        let now: Spent = [(key("staff"), (Pence(120), BTreeSet::new())), (key("ppe"), (Pence(5), BTreeSet::new()))].into();
        let before = [(key("staff"), Pence(100)), (key("ppe"), Pence(5)), (key("other"), Pence(7))].into();
        assert_eq!(changed(now, &before), [(key("other"), Pence(-7)), (key("staff"), Pence(20))]);
    }
}
