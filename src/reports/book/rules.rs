//! Picking and adding up facts. Pure.

use std::collections::{HashMap, HashSet};
use std::ops::AddAssign;

use chrono::NaiveDate;

use crate::kernel::{Pence, Quarter};

words! {
    /// By what facts can be picked and grouped.
    pub enum Dimension {
        /// The fund.
        Fund = "fund",
        /// The financial year, or the several years of a fund period that was never split.
        FinancialYear = "financial_year",
        /// The funding source whose money it is.
        Source = "source",
        /// The tranche the money was set aside in.
        Tranche = "tranche",
        /// Who receives it.
        Provider = "provider",
        /// Whether the provider is commissioned by the body.
        ProviderStatus = "provider_status",
        /// The programme it is part of.
        Programme = "programme",
        /// The award's theme.
        Theme = "theme",
        /// The award's category.
        Category = "category",
        /// The area that benefits; several areas of one award stand together and are never split.
        Area = "area",
        /// The single award.
        Award = "award",
    }
}

/// How many dimensions there are.
const DIMENSIONS: usize = Dimension::ALL.len();

/// The number by which a book knows each value of each dimension; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Keys([u32; DIMENSIONS]);

impl Dimension {
    fn place(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or(0)
    }
}

impl Keys {
    /// The value of a dimension.
    #[must_use]
    pub fn get(&self, dimension: Dimension) -> u32 {
        self.0.get(dimension.place()).copied().unwrap_or(0)
    }

    /// Sets the value of a dimension.
    pub fn set(&mut self, dimension: Dimension, value: u32) {
        if let Some(place) = self.0.get_mut(dimension.place()) {
            *place = value;
        }
    }

    /// The same keys with only the dimensions in `by`.
    #[must_use]
    pub fn by(&self, by: &[Dimension]) -> Self {
        let mut only = Self::default();
        by.iter().for_each(|dimension| only.set(*dimension, self.get(*dimension)));
        only
    }

    /// The same keys with only these dimensions.
    #[must_use]
    fn only(&self, kept: &[bool; DIMENSIONS]) -> Self {
        let mut only = Self::default();
        for ((to, from), keep) in only.0.iter_mut().zip(&self.0).zip(kept) {
            if *keep {
                *to = *from;
            }
        }
        only
    }
}

/// How many amounts there are.
pub const AMOUNTS: usize = 17;

/// Amounts, and counts of what they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Budget lines, confirmed or approved at risk.
    pub budgeted: Pence,
    /// The part of it that is not confirmed.
    pub at_risk: Pence,
    /// In the fund period's own account: neither set aside nor promised.
    pub unallocated: Pence,
    /// In earmark accounts.
    pub earmarked: Pence,
    /// In tranche accounts.
    pub allocated: Pence,
    /// Offered and not accepted.
    pub offered: Pence,
    /// Accepted, paid included, less what was released or recovered.
    pub committed: Pence,
    /// Promised beyond a cut budget.
    pub shortfall: Pence,
    /// Carried in from the year before, less what was carried on or given back to the source at the end of the year.
    pub year_end: Pence,
    /// Indicative later years, outside the ledger.
    pub forward: Pence,
    /// Paid to providers.
    pub paid: Pence,
    /// Come back from providers.
    pub recovered: Pence,
    /// Let go of what was offered or committed.
    pub released: Pence,
    /// Spent, by accepted returns.
    pub reported_spend: Pence,
    /// Of that, adjustments of accepted returns.
    pub reported_adjustments: Pence,
    /// Spent by accepted returns, and what the profile holds for quarters that none of them covers.
    pub forecast: Pence,
    /// Forecast less committed, of awards that have a forecast.
    pub variance: Pence,
    /// How many facts have a forecast.
    pub forecasts: i64,
    /// Awards offered or agreed.
    pub awards: i64,
    /// Projects they stand for.
    pub projects: i64,
    /// Organisations that have them.
    pub providers: i64,
    /// Of the awards, those that stand for something that is not named.
    pub illustrative: i64,
    /// Of the awards, those with any fact that no paper prints.
    pub not_evidenced: i64,
    /// Of the awards, those whose amount no paper prints.
    pub unknown_amounts: i64,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, more: Self) {
        self.budgeted = self.budgeted + more.budgeted;
        self.at_risk = self.at_risk + more.at_risk;
        self.unallocated = self.unallocated + more.unallocated;
        self.earmarked = self.earmarked + more.earmarked;
        self.allocated = self.allocated + more.allocated;
        self.offered = self.offered + more.offered;
        self.committed = self.committed + more.committed;
        self.shortfall = self.shortfall + more.shortfall;
        self.year_end = self.year_end + more.year_end;
        self.forward = self.forward + more.forward;
        self.paid = self.paid + more.paid;
        self.recovered = self.recovered + more.recovered;
        self.released = self.released + more.released;
        self.reported_spend = self.reported_spend + more.reported_spend;
        self.reported_adjustments = self.reported_adjustments + more.reported_adjustments;
        self.forecast = self.forecast + more.forecast;
        self.variance = self.variance + more.variance;
        self.forecasts += more.forecasts;
        self.awards += more.awards;
        self.projects += more.projects;
        self.providers += more.providers;
        self.illustrative += more.illustrative;
        self.not_evidenced += more.not_evidenced;
        self.unknown_amounts += more.unknown_amounts;
    }
}

impl Sums {
    /// The amounts alone, without counts.
    #[must_use]
    pub fn money(self) -> Self {
        Self { awards: 0, projects: 0, providers: 0, illustrative: 0, not_evidenced: 0, unknown_amounts: 0, ..self }
    }

    /// Each amount by itself.
    #[must_use]
    pub const fn amounts(&self) -> [Pence; AMOUNTS] {
        [
            self.budgeted,
            self.at_risk,
            self.unallocated,
            self.earmarked,
            self.allocated,
            self.offered,
            self.committed,
            self.shortfall,
            self.year_end,
            self.forward,
            self.paid,
            self.recovered,
            self.released,
            self.reported_spend,
            self.reported_adjustments,
            self.forecast,
            self.variance,
        ]
    }

    /// What these are more than others. There is a forecast where either has one.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self {
            budgeted: self.budgeted - other.budgeted,
            at_risk: self.at_risk - other.at_risk,
            unallocated: self.unallocated - other.unallocated,
            earmarked: self.earmarked - other.earmarked,
            allocated: self.allocated - other.allocated,
            offered: self.offered - other.offered,
            committed: self.committed - other.committed,
            shortfall: self.shortfall - other.shortfall,
            year_end: self.year_end - other.year_end,
            forward: self.forward - other.forward,
            paid: self.paid - other.paid,
            recovered: self.recovered - other.recovered,
            released: self.released - other.released,
            reported_spend: self.reported_spend - other.reported_spend,
            reported_adjustments: self.reported_adjustments - other.reported_adjustments,
            forecast: self.forecast - other.forecast,
            variance: self.variance - other.variance,
            forecasts: self.forecasts.max(other.forecasts),
            awards: self.awards - other.awards,
            projects: self.projects - other.projects,
            providers: self.providers - other.providers,
            illustrative: self.illustrative - other.illustrative,
            not_evidenced: self.not_evidenced - other.not_evidenced,
            unknown_amounts: self.unknown_amounts - other.unknown_amounts,
        }
    }

    /// Whether there is nothing at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What a budget line counts for, and the part of that which is at risk: confirmed money whole, unconfirmed money as far as it is approved.
#[must_use]
pub fn budget(state: &str, amount: Pence, approved: Pence) -> (Pence, Pence) {
    match state {
        "confirmed" | "restated" => (amount, Pence::ZERO),
        "withdrawn" => (Pence::ZERO, Pence::ZERO),
        _ => (approved.min(amount), approved.min(amount)),
    }
}

/// The first and the last of some days.
type Days = (NaiveDate, NaiveDate);

/// What accepted returns say of the spend of an award.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reported {
    /// The days for which the award itself reports.
    pub by_itself: Vec<Days>,
    /// What its parts report beside that, and for which days.
    pub by_parts: Vec<(Days, Pence)>,
}

/// What of a profile is still expected: the amounts of the quarters of which the award itself reports no day, unless delivery was over
/// before they began. A quarter between two reported ones is expected as much as a later one. What parts report for such quarters is
/// spent out of these amounts, and the rest of them is still expected, since a part does not speak for its whole.
#[must_use]
pub fn still_expected(profile: Vec<(Quarter, Pence)>, reported: Reported, ended_on: Option<NaiveDate>) -> Pence {
    let shares = |quarter: Quarter, (from, to): Days| from <= quarter.last_day() && quarter.first_day() <= to;
    let is_left = |(quarter, _): &(Quarter, Pence)| {
        !reported.by_itself.iter().any(|days| shares(*quarter, *days)) && ended_on.is_none_or(|ended| quarter.first_day() <= ended)
    };
    let mut left: Vec<(Quarter, Pence)> = profile.into_iter().filter(is_left).collect();
    left.sort_unstable_by_key(|(quarter, _)| quarter.first_day());
    let mut by_parts = reported.by_parts;
    by_parts.sort_unstable_by_key(|((from, to), _)| (*to, *from));
    for (days, mut spent) in by_parts {
        for (_, amount) in left.iter_mut().filter(|(quarter, _)| shares(*quarter, days)) {
            let taken = spent.min(*amount);
            *amount = *amount - taken;
            spent = spent - taken;
        }
    }
    left.into_iter().map(|(_, amount)| amount).sum()
}

/// An award that is counted: offered or agreed, and no part of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Which award of the book.
    pub award: u32,
    /// How many projects it stands for.
    pub projects: i64,
    /// It stands for something that is not named.
    pub illustrative: bool,
    /// Some fact of it is printed nowhere.
    pub not_evidenced: bool,
    /// Its amount is printed nowhere.
    pub unknown_amount: bool,
}

/// Amounts with their dimensions. `sums` holds no counts: those come from `counted`, so that an award with several facts counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Its dimensions.
    pub keys: Keys,
    /// Its amounts.
    pub sums: Sums,
    /// The award it belongs to, where that is counted.
    pub counted: Option<Counted>,
}

/// Which facts are wanted: for each dimension any value, or one of some.
#[derive(Debug, Clone, Default)]
pub struct Filter(Vec<(Dimension, HashSet<u32>)>);

impl Filter {
    /// Wants only these values of a dimension.
    pub fn narrow(&mut self, dimension: Dimension, values: HashSet<u32>) {
        self.0.push((dimension, values));
    }

    /// The dimensions that are narrowed.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.0.iter().map(|(dimension, _)| *dimension)
    }

    /// Whether a fact with these dimensions is wanted.
    #[must_use]
    pub fn wants(&self, keys: &Keys) -> bool {
        self.0.iter().all(|(dimension, values)| values.contains(&keys.get(*dimension)))
    }
}

/// Facts added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Group {
    /// What they have in common.
    pub keys: Keys,
    /// Their amounts and counts.
    pub sums: Sums,
    last_award: Option<u32>,
    last_provider: u32,
}

impl Group {
    /// Adds a fact. Facts of one award come one after the other, and so do the awards of one provider: each counts once.
    fn add(&mut self, fact: &Fact) {
        self.sums += fact.sums;
        let Some(counted) = fact.counted else { return };
        if self.last_award == Some(counted.award) {
            return;
        }
        self.last_award = Some(counted.award);
        self.sums.awards += 1;
        self.sums.projects += counted.projects;
        self.sums.illustrative += i64::from(counted.illustrative);
        self.sums.not_evidenced += i64::from(counted.not_evidenced);
        self.sums.unknown_amounts += i64::from(counted.unknown_amount);
        let provider = fact.keys.get(Dimension::Provider);
        if provider != 0 && provider != self.last_provider {
            self.last_provider = provider;
            self.sums.providers += 1;
        }
    }
}

/// Adds up the wanted facts by the dimensions in `by`, and all of them together. Groups come in the order in which their first facts do.
///
/// `facts` are sorted so that those of an award, and the awards of a provider, stand together.
#[must_use]
pub fn add_up(facts: &[Fact], filter: &Filter, by: &[Dimension]) -> (Vec<Group>, Sums) {
    let mut kept = [false; DIMENSIONS];
    for (keep, dimension) in kept.iter_mut().zip(Dimension::ALL) {
        *keep = by.contains(dimension);
    }
    let mut places: HashMap<Keys, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut total = Group::default();
    for fact in facts.iter().filter(|fact| filter.wants(&fact.keys)) {
        let keys = fact.keys.only(&kept);
        let place = *places.entry(keys).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group { keys, ..Group::default() });
        }
        groups.get_mut(place).into_iter().for_each(|group| group.add(fact));
        total.add(fact);
    }
    groups.retain(|group| !group.sums.is_nothing());
    (groups, total.sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(pairs: &[(Dimension, u32)], committed: i64, award: Option<u32>) -> Fact {
        let mut keys = Keys::default();
        for (dimension, value) in pairs {
            keys.set(*dimension, *value);
        }
        let counted = award.map(|award| Counted { award, projects: 2, illustrative: false, not_evidenced: true, unknown_amount: false });
        Fact { keys, sums: Sums { committed: Pence(committed), ..Sums::default() }, counted }
    }

    /// Provider 1 has an award of two sources and one of one; provider 2 has one.
    fn facts() -> Vec<Fact> {
        use Dimension::{Provider, Source};
        vec![
            fact(&[(Provider, 1), (Source, 1)], 10, Some(0)),
            fact(&[(Provider, 1), (Source, 2)], 5, Some(0)),
            fact(&[(Provider, 1), (Source, 2)], 7, Some(1)),
            fact(&[(Provider, 2), (Source, 1)], 100, Some(2)),
            fact(&[(Source, 1)], 1_000, None),
        ]
    }

    fn sums_of(groups: &[Group], dimension: Dimension, value: u32) -> (i64, i64, i64) {
        let group = groups.iter().find(|group| group.keys.get(dimension) == value).unwrap();
        (group.sums.committed.0, group.sums.awards, group.sums.providers)
    }

    #[test]
    fn an_award_of_two_sources_counts_once_in_each_and_once_in_all() {
        let (groups, total) = add_up(&facts(), &Filter::default(), &[Dimension::Source]);
        assert_eq!(sums_of(&groups, Dimension::Source, 1), (1_110, 2, 2));
        assert_eq!(sums_of(&groups, Dimension::Source, 2), (12, 2, 1));
        assert_eq!((total.committed, total.awards, total.providers, total.projects), (Pence(1_122), 3, 2, 6));
    }

    #[test]
    fn rows_add_up_to_the_total_whatever_they_are_grouped_by() {
        for by in [&[][..], &[Dimension::Provider], &[Dimension::Source, Dimension::Provider], &[Dimension::Award]] {
            let (groups, total) = add_up(&facts(), &Filter::default(), by);
            assert_eq!(groups.iter().map(|group| group.sums.committed).sum::<Pence>(), total.committed);
        }
    }

    #[test]
    fn a_filter_picks_values_of_its_dimension() {
        let mut filter = Filter::default();
        filter.narrow(Dimension::Provider, HashSet::from([1]));
        let (groups, total) = add_up(&facts(), &filter, &[Dimension::Provider]);
        assert_eq!(groups.len(), 1);
        assert_eq!((total.committed, total.awards), (Pence(22), 2));
        filter.narrow(Dimension::Source, HashSet::from([1]));
        assert_eq!(add_up(&facts(), &filter, &[]).1.committed, Pence(10));
    }

    #[test]
    fn only_approved_risk_counts_before_confirmation() {
        assert_eq!(budget("confirmed", Pence(10), Pence(4)), (Pence(10), Pence::ZERO));
        assert_eq!(budget("provisional", Pence(10), Pence(4)), (Pence(4), Pence(4)));
        assert_eq!(budget("planned", Pence(10), Pence(40)), (Pence(10), Pence(10)));
        assert_eq!(budget("provisional", Pence(10), Pence::ZERO), (Pence::ZERO, Pence::ZERO));
        assert_eq!(budget("withdrawn", Pence(10), Pence(4)), (Pence::ZERO, Pence::ZERO));
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn profile(amounts: [i64; 4]) -> Vec<(Quarter, Pence)> {
        let quarter = |number: usize| format!("2020-21-Q{number}").parse().unwrap();
        (1..).zip(amounts).map(|(number, amount)| (quarter(number), Pence(amount))).collect()
    }

    #[test]
    fn a_quarter_that_no_return_covers_is_expected() {
        let by_itself = vec![(day("2020-06-01"), day("2020-06-30")), (day("2020-10-01"), day("2020-12-31"))];
        let expected = |ended_on: Option<&str>| {
            let reported = Reported { by_itself: by_itself.clone(), by_parts: Vec::new() };
            still_expected(profile([1, 10, 100, 1_000]), reported, ended_on.map(day))
        };
        assert_eq!(expected(None), Pence(1_010));
        assert_eq!(expected(Some("2020-12-31")), Pence(10));
        assert_eq!(expected(Some("2021-01-01")), Pence(1_010));
    }

    #[test]
    fn a_part_does_not_speak_for_its_whole() {
        let (q1, h1) = ((day("2020-04-01"), day("2020-06-30")), (day("2020-04-01"), day("2020-09-30")));
        let expected = |by_itself: &[Days], by_parts: &[(Days, i64)]| {
            let by_parts = by_parts.iter().map(|(days, amount)| (*days, Pence(*amount))).collect();
            still_expected(profile([50; 4]), Reported { by_itself: by_itself.to_vec(), by_parts }, None).0
        };
        assert_eq!(expected(&[], &[(q1, 30)]), 170, "the rest of the quarter is still to come");
        assert_eq!(expected(&[], &[(q1, 30), (q1, 30)]), 150, "and never less than nothing");
        assert_eq!(expected(&[], &[(h1, 70)]), 130);
        assert_eq!(expected(&[q1], &[(h1, 20)]), 130);
        assert_eq!(expected(&[q1], &[]), 150);
        assert_eq!(expected(&[], &[(q1, 0)]), 200);
    }

    #[test]
    fn what_is_nothing_makes_no_row() {
        let nothing = fact(&[(Dimension::Fund, 1)], 0, None);
        assert!(add_up(&[nothing], &Filter::default(), &[Dimension::Fund]).0.is_empty());
    }
}
