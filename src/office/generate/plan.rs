//! What a made-up office consists of, as it follows from the seed. Pure.

use chrono::{Days, NaiveDate};

use crate::awards::monitoring::rules::MonitoringFrequency;
use crate::awards::rules::{AwardKind, AwardState};
use crate::kernel::{FinancialYear, Pence};
use crate::office::generate::draw::Draw;

/// The first financial year and how many there are; all of them are over, so that every day of the office lies in the past.
const FIRST_YEAR: i32 = 2018;
const YEARS: u32 = 6;
/// How many funds there are, each with a period a year.
const FUNDS: u32 = 8;
/// How many tranches each fund period has.
pub const TRANCHES: u32 = 2;
/// How many awards an organisation has, about.
const AWARDS_A_PROVIDER: u32 = 20;
/// How many areas there are below the force area.
pub const AREAS: u32 = 7;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The seed.
    pub seed: u64,
    /// How many awards.
    pub awards: u32,
    /// How often each award is varied; without it a fifth of the awards once.
    pub variations: Option<u32>,
    /// What each award reports, for an office with many figures; without it a few awards report what they spent, once.
    pub reporting: Option<Reporting>,
}

/// How much each award of an office reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reporting {
    /// How many quarters were reported; one more is owed.
    pub quarters: u32,
    /// How many indicators are counted.
    pub indicators: u32,
    /// In how many areas each of them.
    pub areas: u32,
}

/// How many quarters an award can report, so that all of them are over.
pub const QUARTERS_MAX: u32 = YEARS * 4 - 1;

/// An increase of an award.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedIncrease {
    /// From when it holds.
    pub effective_on: NaiveDate,
    /// How much is added.
    pub amount: Pence,
}

/// An award, with numbers for the records that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAward {
    /// Its number, from nought.
    pub number: u32,
    /// What kind of agreement it is.
    pub kind: AwardKind,
    /// The fund period that pays.
    pub period: u32,
    /// The tranche whose money it is.
    pub tranche: Option<u32>,
    /// Who receives it.
    pub provider: u32,
    /// Which area benefits.
    pub area: u32,
    /// How many areas benefit, the one and those after it.
    pub areas: u32,
    /// What each of the two budget lines pays; nothing where one pays it all.
    pub parts: [Pence; 2],
    /// What a later year is to have, beyond the fund period.
    pub later: Option<Pence>,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// How far it came.
    pub state: AwardState,
    /// Which returns it owes.
    pub monitoring: MonitoringFrequency,
    /// How much of it each line of its first return says was spent, in hundredths; no return where there are none.
    pub spent_percent: Vec<i64>,
    /// How it grew.
    pub increases: Vec<PlannedIncrease>,
}

impl PlannedAward {
    /// What it commits to before it is varied.
    pub fn amount(&self) -> Pence {
        self.parts.iter().copied().sum()
    }

    /// What it may come to.
    pub fn amount_max(&self) -> Pence {
        self.amount() + self.increases.iter().map(|increase| increase.amount).sum::<Pence>()
    }
}

impl Size {
    /// How many organisations there are.
    pub const fn providers(&self) -> u32 {
        let some = self.awards / AWARDS_A_PROVIDER;
        if some < 5 { 5 } else { some }
    }

    /// The funds, by number.
    pub const fn funds() -> std::ops::Range<u32> {
        0..FUNDS
    }

    /// The fund periods: number, fund and year.
    pub fn periods() -> impl Iterator<Item = (u32, u32, FinancialYear)> {
        (0..FUNDS * YEARS).filter_map(|number| Some((number, number / YEARS, year_of(number)?)))
    }

    /// An award of this office.
    pub fn award(&self, number: u32) -> Option<PlannedAward> {
        let mut draw = Draw::of(self.seed, u64::from(number));
        let period = draw.below(FUNDS * YEARS);
        let year = year_of(period)?;
        let decided_on = day(year.first_day(), draw.below(150));
        let starts_on = day(decided_on, draw.below(30));
        let mut award = PlannedAward {
            number,
            kind: if draw.is_one_in(80) { AwardKind::Grant } else { AwardKind::Contribution },
            period,
            tranche: draw.is_one_in(60).then(|| draw.below(TRANCHES)),
            provider: draw.below(self.providers()),
            area: draw.below(AREAS),
            areas: 1,
            parts: [draw.pounds(500, 40_000), Pence::ZERO],
            later: None,
            decided_on,
            starts_on,
            ends_on: year.last_day(),
            state: AwardState::Ended,
            monitoring: MonitoringFrequency::None,
            spent_percent: Vec::new(),
            increases: Vec::new(),
        };
        if draw.is_one_in(40) {
            award.parts = [award.parts[0], draw.pounds(500, 20_000)];
        }
        match &self.reporting {
            None => self.lead(&mut award, &mut draw),
            Some(reporting) => reporting.lead(&mut award)?,
        }
        Some(award)
    }

    /// What becomes of an award.
    fn lead(&self, award: &mut PlannedAward, draw: &mut Draw) {
        match draw.below(100) {
            0..3 => award.state = AwardState::Offered,
            3..6 => award.state = AwardState::Refused,
            6..8 => award.state = AwardState::Withdrawn,
            8..30 => award.state = AwardState::Live,
            _ => {}
        }
        if !matches!(award.state, AwardState::Live | AwardState::Ended) {
            return;
        }
        match draw.below(100) {
            0..10 => award.monitoring = MonitoringFrequency::Quarterly,
            10..40 => award.monitoring = MonitoringFrequency::EndOfGrant,
            _ => {}
        }
        if award.monitoring != MonitoringFrequency::None {
            award.spent_percent = vec![i64::from(10 + draw.below(50)), i64::from(draw.below(40))];
        }
        let increases = self.variations.unwrap_or_else(|| u32::from(draw.is_one_in(20)));
        if increases > 0 {
            // Only what is under way can be varied.
            award.state = AwardState::Live;
            award.increases = (0..increases).map(|number| increase(award, number, increases, draw)).collect();
        } else if award.state == AwardState::Live && draw.is_one_in(40) {
            award.later = Some(draw.pounds(500, 40_000));
            award.ends_on = award.ends_on.checked_add_days(Days::new(365)).unwrap_or(award.ends_on);
        }
    }
}

impl Reporting {
    /// An award that reports is under way from the first day of the office to the end of the quarter that is still owed.
    fn lead(&self, award: &mut PlannedAward) -> Option<()> {
        award.period -= award.period % YEARS;
        award.starts_on = year_of(award.period)?.first_day();
        award.decided_on = award.starts_on;
        let last = FinancialYear::beginning(FIRST_YEAR + i32::try_from(self.quarters / 4).ok()?)?;
        award.ends_on = last.quarters().into_iter().nth(usize::try_from(self.quarters % 4).ok()?)?.last_day();
        (award.area, award.areas) = (0, self.areas);
        award.state = AwardState::Live;
        award.monitoring = MonitoringFrequency::Quarterly;
        Some(())
    }
}

/// Increases spread over what is left of the year, one after the other.
fn increase(award: &PlannedAward, number: u32, of: u32, draw: &mut Draw) -> PlannedIncrease {
    let days = u32::try_from((award.ends_on - award.decided_on).num_days()).unwrap_or(0);
    let effective_on = day(award.starts_on.max(award.decided_on), days.saturating_sub(40) * number / of.max(1));
    PlannedIncrease { effective_on, amount: draw.pounds(50, 2_000) }
}

fn year_of(period: u32) -> Option<FinancialYear> {
    FinancialYear::beginning(FIRST_YEAR + i32::try_from(period % YEARS).ok()?)
}

fn day(from: NaiveDate, after: u32) -> NaiveDate {
    from.checked_add_days(Days::new(u64::from(after))).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_award_follows_from_seed_and_number() {
        let size = Size { seed: 1, awards: 100, variations: None, reporting: None };
        let all = |size: Size| (0..size.awards).map(|number| size.award(number).unwrap()).collect::<Vec<_>>();
        assert_eq!(all(size), all(size));
        assert_ne!(all(size), all(Size { seed: 2, ..size }));
        assert!(all(size).iter().all(|award| award.decided_on <= award.starts_on && award.starts_on < award.ends_on));
        assert!(all(size).iter().any(|award| award.parts[1].is_positive()));
    }

    #[test]
    fn an_award_that_reports_runs_as_long_as_its_quarters() {
        let reporting = Some(Reporting { quarters: 20, indicators: 12, areas: 7 });
        let size = Size { seed: 1, awards: 30, variations: None, reporting };
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert!((0..30).filter_map(|number| size.award(number)).all(|award| {
            (award.starts_on, award.ends_on, award.monitoring) == (day("2018-04-01"), day("2023-06-30"), MonitoringFrequency::Quarterly)
        }));
        let most = Size { reporting: reporting.map(|one| Reporting { quarters: QUARTERS_MAX, ..one }), ..size };
        let one = most.award(0).unwrap();
        assert_eq!((one.ends_on, one.area, one.areas), (day("2024-03-31"), 0, 7));
    }

    #[test]
    fn each_increase_lies_within_its_award() {
        let size = Size { seed: 3, awards: 50, variations: Some(12), reporting: None };
        for award in (0..50).filter_map(|number| size.award(number)).filter(|award| !award.increases.is_empty()) {
            assert_eq!(award.increases.len(), 12);
            assert!(award.increases.iter().all(|one| one.effective_on >= award.decided_on && one.effective_on <= award.ends_on));
            assert!(award.increases.is_sorted_by_key(|one| one.effective_on));
        }
    }
}
