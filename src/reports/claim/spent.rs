//! What was spent of a claim's budget line, and what is different by now in the days of earlier claims.
//!
//! Of what an award spends each of its lines bears a share, to the penny: the shares of all lines are together what was spent. A claim that
//! was certified told a share, and where the award is split in another way since, the next claim tells the difference.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::kernel::{Id, Pence, Refusal};
use crate::publishing::claims::rules::{ClaimRow, ClaimSection};
use crate::reports::asked::At;
use crate::reports::claim::store::{ClaimFacts, FrozenClaim, PaidAward};
use crate::reports::returned::{self, Spending};
use crate::store::Conn;

const SPLIT_ANEW: &str = "The award is split over its budget lines in another way by now.";
const PAYS_NO_MORE: &str = "This budget line pays nothing of the award any more.";

/// An award's reference and what money was spent on.
type Key = (String, String);

/// Spend by award and category.
type Spent = BTreeMap<Key, Sum>;

/// What accepted returns report of something, adjustments that count there, and the returns.
#[derive(Debug, Default)]
struct Sum {
    accepted: Pence,
    adjusted: Pence,
    returns: BTreeSet<Id>,
}

impl Sum {
    fn amount(&self) -> Pence {
        self.accepted + self.adjusted
    }
}

/// Money that an award spent, and the share of the line in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Told {
    amount: Pence,
    share: Pence,
}

/// What the awards that a line pays or paid are called.
struct Awards<'a> {
    line_id: Id,
    paid: HashMap<&'a str, &'a PaidAward>,
    /// Title and provider as earlier claims told them, of awards that the line may pay no more.
    told: HashMap<String, (Option<String>, Option<String>)>,
}

/// The rows of what was spent in the days of the claim, then of what changed in earlier ones.
pub(super) fn rows(
    conn: &mut Conn,
    at: At,
    claim: &ClaimFacts,
    awards: &HashMap<Id, PaidAward>,
    earlier: &[FrozenClaim],
) -> Result<Vec<ClaimRow>, Refusal> {
    let spending = returned::spending(conn, at)?;
    let names = Awards::of(claim.line_id, awards, earlier);
    let mut rows = Vec::new();
    for (key, sum) in spent(&spending, awards, claim.days()) {
        let row = ClaimRow {
            return_count: i64::try_from(sum.returns.len()).ok(),
            accepted_pence: Some(sum.accepted),
            starts_on: Some(claim.starts_on),
            ends_on: Some(claim.ends_on),
            ..ClaimRow::of(ClaimSection::Spend)
        };
        let told = names.told(&key.0, sum.amount());
        rows.push(names.row(row, key, told));
    }
    for one in earlier.iter().filter(|one| one.days.1 < claim.starts_on) {
        let now = spent(&spending, awards, one.days);
        let now = now.into_iter().map(|(key, sum)| (key.clone(), names.told(&key.0, sum.amount()))).collect();
        for (key, difference) in changed(&now, &already_told(one, earlier)) {
            let note = names.why(&key.0, difference).map(str::to_owned);
            let reference = Some(one.reference.clone());
            let (starts_on, ends_on) = (Some(one.days.0), Some(one.days.1));
            let row = ClaimRow { reference, starts_on, ends_on, note, ..ClaimRow::of(ClaimSection::Earlier) };
            rows.push(names.row(row, key, difference));
        }
    }
    Ok(rows)
}

impl<'a> Awards<'a> {
    fn of(line_id: Id, awards: &'a HashMap<Id, PaidAward>, earlier: &[FrozenClaim]) -> Self {
        let frozen = earlier.iter().flat_map(|one| &one.figures.rows);
        let name = |row: &ClaimRow| Some((row.award.clone()?, (row.award_title.clone(), row.provider.clone())));
        Self {
            line_id,
            paid: awards.values().map(|award| (award.reference.as_str(), award)).collect(),
            told: frozen.filter(|row| row.award_title.is_some()).filter_map(name).collect(),
        }
    }

    /// What is to be told of so much that an award spent.
    fn told(&self, award: &str, amount: Pence) -> Told {
        Told { amount, share: self.paid.get(award).map_or(Pence::ZERO, |award| share(amount, self.line_id, &award.split)) }
    }

    /// Why the share changed, where what was spent does not say it.
    fn why(&self, award: &str, difference: Told) -> Option<&'static str> {
        match self.paid.get(award) {
            None => Some(PAYS_NO_MORE),
            Some(_) if difference.amount.is_zero() => Some(SPLIT_ANEW),
            Some(_) => None,
        }
    }

    /// A row with the award, the category and the money.
    fn row(&self, row: ClaimRow, (award, category): Key, told: Told) -> ClaimRow {
        let paid = self.paid.get(award.as_str()).map(|award| (Some(award.title.clone()), award.provider.clone()));
        let (award_title, provider) = paid.or_else(|| self.told.get(&award).cloned()).unwrap_or_default();
        ClaimRow {
            award_title,
            provider,
            award: Some(award),
            category: Some(category),
            amount_pence: Some(told.amount),
            share_pence: Some(told.share),
            ..row
        }
    }
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
        let sum = all.entry((award.reference.clone(), category.to_owned())).or_default();
        if is_return {
            sum.accepted = sum.accepted + amount;
            sum.returns.insert(return_id);
        } else {
            sum.adjusted = sum.adjusted + amount;
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
fn already_told(one: &FrozenClaim, all: &[FrozenClaim]) -> BTreeMap<Key, Told> {
    let mut sums: BTreeMap<Key, Told> = BTreeMap::new();
    for claim in all {
        let is_about = |row: &&ClaimRow| match row.section {
            ClaimSection::Spend => claim.reference == one.reference,
            ClaimSection::Earlier => row.award.is_some() && row.reference.as_ref() == Some(&one.reference),
            _ => false,
        };
        for row in claim.figures.rows.iter().filter(is_about) {
            let key = (row.award.clone().unwrap_or_default(), row.category.clone().unwrap_or_default());
            let sum = sums.entry(key).or_default();
            sum.amount = sum.amount + row.amount_pence.unwrap_or_default();
            sum.share = sum.share + row.share_pence.unwrap_or_default();
        }
    }
    sums
}

/// What is different by now, in what was spent or in the share of it.
fn changed(now: &BTreeMap<Key, Told>, before: &BTreeMap<Key, Told>) -> Vec<(Key, Told)> {
    let keys: BTreeSet<&Key> = now.keys().chain(before.keys()).collect();
    let of = |all: &BTreeMap<Key, Told>, key: &Key| all.get(key).copied().unwrap_or_default();
    let difference = |key: &Key| {
        let (now, before) = (of(now, key), of(before, key));
        Told { amount: now.amount - before.amount, share: now.share - before.share }
    };
    keys.into_iter().map(|key| (key.clone(), difference(key))).filter(|(_, told)| *told != Told::default()).collect()
}

/// The share of a line in what was spent, as the award is split. The shares of all lines are together what was spent, to the penny; of a
/// correction a line bears what it would bear of so much spent.
fn share(amount: Pence, line_id: Id, split: &[(Id, Pence)]) -> Pence {
    let weights: Vec<Pence> = split.iter().map(|(_, paid)| *paid).collect();
    let parts = amount.shares(&weights);
    split.iter().zip(parts).find(|((line, _), _)| *line == line_id).map_or(Pence::ZERO, |(_, part)| part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(category: &str) -> Key {
        ("A".to_owned(), category.to_owned())
    }

    fn told(amount: i64, share: i64) -> Told {
        Told { amount: Pence(amount), share: Pence(share) }
    }

    #[test]
    fn a_line_has_its_share_and_a_correction_the_same() {
        let lines: Vec<(Id, Pence)> = (0..3).map(|_| (Id::new(), Pence(300))).collect();
        let shares = |amount: i64| lines.iter().map(|(line, _)| share(Pence(amount), *line, &lines).0).collect::<Vec<_>>();
        assert_eq!(shares(100), [34, 33, 33], "a penny is nobody's twice");
        assert_eq!(shares(-100), [-34, -33, -33]);
        assert_eq!(share(Pence(100), Id::new(), &lines), Pence::ZERO, "a line that pays nothing bears nothing");
    }

    #[test]
    fn only_what_is_different_is_told_again() {
        let now = [(key("staff"), told(120, 60)), (key("ppe"), told(5, 5)), (key("travel"), told(9, 3))].into();
        let before =
            [(key("staff"), told(100, 50)), (key("ppe"), told(5, 5)), (key("other"), told(7, 7)), (key("travel"), told(9, 9))].into();
        let found = [(key("other"), told(-7, -7)), (key("staff"), told(20, 10)), (key("travel"), told(0, -6))];
        assert_eq!(changed(&now, &before), found);
    }

    proptest! {
        /// Whatever an award spends on whatever, and however it is split: what all its lines are told is what was spent, also after it was
        /// split anew and the difference told.
        #[test]
        fn the_shares_of_all_lines_are_what_was_spent(
            spent in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 1..6),
            (first, second) in (1_usize..8).prop_flat_map(|lines| {
                let weights = || prop::collection::vec(0_i64..1_000_000_000, lines);
                (weights(), weights())
            }),
        ) {
            let ids: Vec<Id> = first.iter().map(|_| Id::new()).collect();
            let lines = |weights: &[i64]| -> Vec<(Id, Pence)> { ids.iter().copied().zip(weights.iter().copied().map(Pence)).collect() };
            let all: Pence = spent.iter().copied().map(Pence).sum();
            let told = |id: &Id, split: &[(Id, Pence)]| spent.iter().map(|amount| share(Pence(*amount), *id, split)).sum::<Pence>();
            let (first, second) = (lines(&first), lines(&second));
            let before: Vec<Pence> = ids.iter().map(|id| told(id, &first)).collect();
            prop_assert_eq!(before.iter().copied().sum::<Pence>(), all);
            let after: Vec<Pence> = ids.iter().zip(&before).map(|(id, before)| *before + (told(id, &second) - *before)).collect();
            prop_assert_eq!(after.iter().copied().sum::<Pence>(), all);
        }
    }
}
