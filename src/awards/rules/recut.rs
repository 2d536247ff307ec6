//! The profile and the annual amounts of an award that comes to more or less, or to other days: cut again to the penny, and what has gone out stays.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::money::{QuarterAmount, YearAmount};
use crate::kernel::{FinancialYear, Pence, Quarter};

/// What a profile or annual amounts are cut to.
#[derive(Debug, Clone, Copy)]
pub struct Recut<'a> {
    /// What they come to within the fund period.
    pub amount: Pence,
    /// By how much the award comes to more than before; nothing where it does not.
    pub more: Pence,
    /// From when it holds.
    pub from: NaiveDate,
    /// The last day of the fund period. What begins after it is indicative, and stays.
    pub period_ends_on: NaiveDate,
    /// The quarters that the award then has.
    pub quarters: &'a [Quarter],
    /// Those of them that come after all that it had before.
    pub new: &'a [Quarter],
    /// What has gone out for each quarter, or is on its way.
    pub gone_out: &'a [QuarterAmount],
}

impl Recut<'_> {
    fn gone(&self, quarter: Quarter) -> Pence {
        self.gone_out.iter().filter(|one| one.quarter == quarter).map(|one| one.amount_pence).sum()
    }
}

/// The profile cut again: more money for more time goes to the new quarters of the fund period, alike. What else is more or less falls on the quarters
/// to come for which nothing has gone out, in the proportion they had; where they cannot bear it, on those too that are over and unpaid, then on what
/// is unpaid of the others, and only then on all. Indicative quarters stay.
#[must_use]
pub fn recut_profile(profile: &[QuarterAmount], cut: &Recut<'_>) -> Vec<QuarterAmount> {
    let (indicative, confirmed): (Vec<QuarterAmount>, Vec<QuarterAmount>) =
        profile.iter().copied().partition(|one| one.is_after(cut.period_ends_on));
    let is_told = |quarter: Quarter| profile.iter().any(|one| one.quarter == quarter);
    let is_new = |quarter: &Quarter| quarter.first_day() <= cut.period_ends_on && !is_told(*quarter);
    let new = cut.new.iter().copied().filter(is_new).map(|quarter| QuarterAmount { quarter, amount_pence: Pence::ZERO });
    let new: Vec<QuarterAmount> = new.collect();
    let part = |one: &QuarterAmount| {
        let (gone, pence) = (cut.gone(one.quarter), one.amount_pence);
        let is_new = !is_told(one.quarter);
        // Time that is new is to come for the award, also where it is over by the day from which the change holds.
        let is_past = !is_new && one.quarter.last_day() < cut.from;
        Part { is_new, is_past, is_out: gone.is_positive(), gone: gone.min(pence), pence }
    };
    let parts: Vec<Part> = confirmed.iter().chain(&new).map(part).collect();
    let amounts = recut(parts, cut.amount, cut.more);
    let cut_again = confirmed.iter().chain(&new).zip(amounts).map(|(one, amount_pence)| QuarterAmount { amount_pence, ..*one });
    let says = |one: &QuarterAmount| one.amount_pence.is_positive() || is_told(one.quarter);
    let mut all: Vec<QuarterAmount> = cut_again.filter(says).chain(indicative.iter().copied()).collect();
    if !new.is_empty() {
        all.sort_by_key(|one| one.quarter);
    }
    all
}

/// The same for annual amounts of an award without a profile. Of a year for which some quarters have gone out what is left of it is cut.
#[must_use]
pub fn recut_annual(years: &[YearAmount], cut: &Recut<'_>) -> Vec<YearAmount> {
    let (indicative, confirmed): (Vec<YearAmount>, Vec<YearAmount>) =
        years.iter().copied().partition(|one| one.is_after(cut.period_ends_on));
    let is_told = |year: FinancialYear| years.iter().any(|one| one.financial_year == year);
    let is_new = |year: &FinancialYear| year.first_day() <= cut.period_ends_on && !is_told(*year);
    let mut of_new: Vec<FinancialYear> = cut.new.iter().map(|quarter| quarter.year()).filter(is_new).collect();
    of_new.dedup();
    let new: Vec<YearAmount> = of_new.into_iter().map(|financial_year| YearAmount { financial_year, amount_pence: Pence::ZERO }).collect();
    let part = |one: &YearAmount| {
        let (year, pence) = (one.financial_year, one.amount_pence);
        let own: Vec<Pence> = cut.quarters.iter().filter(|quarter| quarter.year() == year).map(|quarter| cut.gone(*quarter)).collect();
        let is_out = !own.is_empty() && own.iter().all(|gone| gone.is_positive());
        let gone = own.iter().copied().sum::<Pence>().min(pence);
        let is_new = !is_told(year);
        Part { is_new, is_past: !is_new && year.last_day() < cut.from, is_out, gone, pence }
    };
    let parts: Vec<Part> = confirmed.iter().chain(&new).map(part).collect();
    let amounts = recut(parts, cut.amount, cut.more);
    let cut_again = confirmed.iter().chain(&new).zip(amounts).map(|(one, amount_pence)| YearAmount { amount_pence, ..*one });
    let says = |one: &YearAmount| one.amount_pence.is_positive() || is_told(one.financial_year);
    let mut all: Vec<YearAmount> = cut_again.filter(says).chain(indicative.iter().copied()).collect();
    if !new.is_empty() {
        all.sort_by_key(|one| one.financial_year);
    }
    all
}

/// A profile cut to another amount, where no money has gone out: quarters before `from` stay, the others of the fund period share what is left in the
/// proportion they had. Where nothing is still to come, or the past alone is more than the whole, every quarter is cut.
#[must_use]
pub fn recut_quarters(profile: &[QuarterAmount], amount: Pence, from: NaiveDate, period_ends_on: NaiveDate) -> Vec<QuarterAmount> {
    recut_profile(profile, &plain(amount, from, period_ends_on))
}

/// The same for amounts a year.
#[must_use]
pub fn recut_years(years: &[YearAmount], amount: Pence, from: NaiveDate, period_ends_on: NaiveDate) -> Vec<YearAmount> {
    recut_annual(years, &plain(amount, from, period_ends_on))
}

const fn plain(amount: Pence, from: NaiveDate, period_ends_on: NaiveDate) -> Recut<'static> {
    Recut { amount, more: Pence::ZERO, from, period_ends_on, quarters: &[], new: &[], gone_out: &[] }
}

/// The annual amounts that a profile says. A later year of which it says nothing, of the years that were `told`, stays.
#[must_use]
pub fn years_of(profile: &[QuarterAmount], told: &[YearAmount], period_ends_on: NaiveDate) -> Vec<YearAmount> {
    let mut sums: BTreeMap<FinancialYear, Pence> = BTreeMap::new();
    for one in profile {
        let sum = sums.entry(one.quarter.year()).or_default();
        *sum = *sum + one.amount_pence;
    }
    for one in told.iter().filter(|one| one.is_after(period_ends_on)) {
        sums.entry(one.financial_year).or_insert(one.amount_pence);
    }
    sums.into_iter().map(|(financial_year, amount_pence)| YearAmount { financial_year, amount_pence }).collect()
}

/// A quarter or a year of the fund period.
#[derive(Debug, Clone, Copy)]
struct Part {
    is_new: bool,
    is_past: bool,
    /// Whether money has gone out for it, so that it is not cut as long as another can be.
    is_out: bool,
    /// How much of it has gone out.
    gone: Pence,
    pence: Pence,
}

/// What a part keeps in any case, and its weight where it shares in what is left.
type Bearing = (Pence, Option<Pence>);

fn to_come(part: &Part) -> Bearing {
    if part.is_past || part.is_out { (part.pence, None) } else { (part.gone, Some(part.pence - part.gone)) }
}

fn unpaid(part: &Part) -> Bearing {
    if part.is_out { (part.pence, None) } else { (part.gone, Some(part.pence - part.gone)) }
}

fn rest(part: &Part) -> Bearing {
    (part.gone, (part.is_out && part.gone < part.pence).then(|| part.pence - part.gone))
}

fn recut(mut parts: Vec<Part>, whole: Pence, more: Pence) -> Vec<Pence> {
    let before: Pence = parts.iter().map(|part| part.pence).sum();
    let more = more.min(whole - before).max(Pence::ZERO);
    let alike: Vec<Pence> = parts.iter().filter(|part| part.is_new).map(|_| Pence(1)).collect();
    for (part, pence) in parts.iter_mut().filter(|part| part.is_new).zip(more.split(&alike)) {
        part.pence = pence;
    }
    let bearings: [fn(&Part) -> Bearing; 3] = [to_come, unpaid, rest];
    let weights: Vec<Pence> = parts.iter().map(|part| part.pence).collect();
    bearings.into_iter().find_map(|bearing| borne(&parts, bearing, whole)).unwrap_or_else(|| whole.split(&weights))
}

/// What each part is where these bear what changes; none where they cannot.
fn borne(parts: &[Part], bearing: fn(&Part) -> Bearing, whole: Pence) -> Option<Vec<Pence>> {
    let all: Vec<Bearing> = parts.iter().map(bearing).collect();
    let kept: Pence = all.iter().map(|(kept, _)| *kept).sum();
    let weights: Vec<Pence> = all.iter().filter_map(|(_, weight)| *weight).collect();
    if weights.is_empty() || kept > whole {
        return None;
    }
    let mut shares = (whole - kept).split(&weights).into_iter();
    let share = |(kept, weight): Bearing| if weight.is_some() { kept + shares.next().unwrap_or_default() } else { kept };
    Some(all.into_iter().map(share).collect())
}

#[cfg(test)]
mod tests;
