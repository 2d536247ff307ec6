//! Which returns an award owes: what its monitoring plan asks for, beside what is begun. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::ReturnKind;
use crate::kernel::working_day::working_days_after;
use crate::kernel::{Pence, Quarter};

/// The first and the last of some days.
type Days = (NaiveDate, NaiveDate);

/// A return that a plan asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// `2020-21-Q1`, `2020-21-H1`, `end of grant`, or its days where it is a piece of such a period.
    pub period: String,
    /// What period it covers.
    pub kind: ReturnKind,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
}

/// How much time an award leaves for each of its returns (R71).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// So many working days.
    pub working_days: u32,
    /// The day on which the award was accepted, where that is known.
    pub accepted_on: Option<NaiveDate>,
}

impl Planned {
    /// The day by which it should be in: so many working days after its last day. Where the award was accepted only after that, so many
    /// after the acceptance: nobody is late with what they had not promised yet.
    #[must_use]
    pub fn due_on(&self, leave: &Leave) -> NaiveDate {
        let from = leave.accepted_on.map_or(self.ends_on, |accepted_on| accepted_on.max(self.ends_on));
        working_days_after(from, leave.working_days)
    }

    const fn days(&self) -> Days {
        (self.starts_on, self.ends_on)
    }

    /// The days that its name stands for, whatever the award's own days: those of a quarter or a half year.
    fn named_days(&self) -> Option<Days> {
        let quarter = |number: &str| self.period.get(..7).and_then(|year| format!("{year}-Q{number}").parse::<Quarter>().ok());
        let (first, last) = match self.period.get(7..)? {
            "-Q1" => ("1", "1"),
            "-Q2" => ("2", "2"),
            "-Q3" => ("3", "3"),
            "-Q4" => ("4", "4"),
            "-H1" => ("1", "2"),
            "-H2" => ("3", "4"),
            _ => return None,
        };
        Some((quarter(first)?.first_day(), quarter(last)?.last_day()))
    }
}

/// The returns that a plan asks for of an award that runs from `starts_on` to `ends_on`, in order.
#[must_use]
pub fn planned(kind: Option<ReturnKind>, starts_on: NaiveDate, ends_on: NaiveDate) -> Vec<Planned> {
    let quarters = Quarter::between(starts_on, ends_on);
    let clip = |period: String, kind, first: NaiveDate, last: NaiveDate| Planned {
        period,
        kind,
        starts_on: first.max(starts_on),
        ends_on: last.min(ends_on),
    };
    match kind {
        Some(ReturnKind::Quarterly) => quarters
            .iter()
            .map(|quarter| clip(quarter.to_string(), ReturnKind::Quarterly, quarter.first_day(), quarter.last_day()))
            .collect(),
        Some(ReturnKind::HalfYearly) => {
            let mut halves: Vec<Planned> = Vec::new();
            for quarter in &quarters {
                let period = format!("{}-H{}", quarter.year(), quarter.number().div_ceil(2));
                match halves.last_mut().filter(|half| half.period == period) {
                    Some(half) => half.ends_on = quarter.last_day().min(ends_on),
                    None => halves.push(clip(period, ReturnKind::HalfYearly, quarter.first_day(), quarter.last_day())),
                }
            }
            halves
        }
        Some(ReturnKind::EndOfGrant | ReturnKind::WholePeriod) => {
            vec![Planned { period: "end of grant".to_owned(), kind: ReturnKind::EndOfGrant, starts_on, ends_on }]
        }
        None => Vec::new(),
    }
}

/// What of a quarter's plan is for the days of a return: by days, where the return is a piece of the days on which the award runs in that
/// quarter.
#[must_use]
pub fn share_of_plan(planned: Pence, quarter: Days, award: Days, own: Days) -> Pence {
    let both = |one: Days, other: Days| (one.0.max(other.0), one.1.min(other.1));
    let days = |(first, last): Days| i128::from((last - first).num_days().max(-1) + 1);
    let runs = both(quarter, award);
    let (part, whole) = (days(both(runs, own)), days(runs));
    if whole == 0 {
        return Pence(0);
    }
    Pence(i64::try_from(i128::from(planned.0) * part / whole).unwrap_or(planned.0))
}

/// A return that somebody has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What it covers.
    pub planned: Planned,
    /// Whether it was sent or accepted, so that its days stay.
    pub is_fixed: bool,
}

/// What a plan comes to beside what is begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Those that are begun, as they were given: what each covers now, and whether the award still asks for it.
    pub begun: Vec<(Planned, bool)>,
    /// Those still to be begun.
    pub open: Vec<Planned>,
}

/// Brings a plan together with what is begun, so that no day is asked for twice. What is begun stays; while it is with the provider its
/// days follow the award's. The plan asks for the days that are left.
#[must_use]
pub fn settle(wanted: &[Planned], begun: &[Begun]) -> Settled {
    let span = wanted.first().zip(wanted.last()).map(|(first, last)| (first.starts_on, last.ends_on));
    let mut days: Vec<(Days, bool)> = begun.iter().map(|one| (one.planned.days(), true)).collect();
    for (at, one) in begun.iter().enumerate().filter(|(_, one)| !one.is_fixed) {
        let others = |counts: &dyn Fn(usize, &Begun) -> bool| -> Vec<Days> {
            let all = begun.iter().zip(&days).enumerate();
            all.filter(|(place, (other, (_, is_owed)))| *place != at && *is_owed && counts(*place, other))
                .map(|(_, (_, (days, _)))| *days)
                .collect()
        };
        let target = target(&one.planned, wanted, span);
        let free = |taken: Vec<Days>| target.and_then(|target| best(without(target, &taken), one.planned.days()));
        // Two that overlap from earlier times: the later one gives way.
        let found = free(others(&|_, _| true)).or_else(|| free(others(&|place, other| other.is_fixed || place < at)));
        if let Some(place) = days.get_mut(at) {
            *place = found.map_or((one.planned.days(), false), |found| (found, true));
        }
    }
    let taken: Vec<Days> = days.iter().map(|(days, _)| *days).collect();
    let covers =
        |(one, ((starts_on, ends_on), is_owed)): (&Begun, (Days, bool))| (Planned { starts_on, ends_on, ..one.planned.clone() }, is_owed);
    let names = begun.iter().map(|one| one.planned.period.clone()).collect();
    Settled { open: open(wanted, span, &taken, names), begun: begun.iter().zip(days).map(covers).collect() }
}

/// The days that a return should cover that is with the provider: those of its period, as far as the award has them.
fn target(one: &Planned, wanted: &[Planned], span: Option<Days>) -> Option<Days> {
    let same = wanted.iter().find(|planned| planned.period == one.period).map(Planned::days);
    let (first, last) = same.or_else(|| one.named_days()).unwrap_or_else(|| one.days());
    let (from, to) = span?;
    let clipped = (first.max(from), last.min(to));
    (clipped.0 <= clipped.1).then_some(clipped)
}

/// The piece that shares a day with `own`, or the first.
fn best(pieces: Vec<Days>, own: Days) -> Option<Days> {
    let shares = |piece: &&Days| piece.0 <= own.1 && own.0 <= piece.1;
    pieces.iter().find(shares).or_else(|| pieces.first()).copied()
}

/// `days` without those that are taken, in pieces.
fn without(days: Days, taken: &[Days]) -> Vec<Days> {
    let mut left = vec![days];
    for (from, to) in taken {
        let cut = |(first, last): Days| -> Vec<Days> {
            if *to < first || *from > last {
                return vec![(first, last)];
            }
            let before = from.pred_opt().filter(|day| first <= *day).map(|day| (first, day));
            let after = to.succ_opt().filter(|day| *day <= last).map(|day| (day, last));
            before.into_iter().chain(after).collect()
        };
        left = left.into_iter().flat_map(cut).collect();
    }
    left
}

/// What the plan asks for in the days that are left. A period that is left whole keeps its name, and so does the last piece of one;
/// a piece that is a quarter is called so, any other by its days.
fn open(wanted: &[Planned], span: Option<Days>, taken: &[Days], mut names: HashSet<String>) -> Vec<Planned> {
    let mut all = Vec::new();
    for whole in wanted {
        let pieces = without(whole.days(), taken);
        for (place, (starts_on, ends_on)) in (1..).zip(&pieces) {
            let own = || (whole.period.clone(), whole.kind);
            let is_quarter = |quarter: &Quarter| {
                span.is_some_and(|(from, to)| (quarter.first_day().max(from), quarter.last_day().min(to)) == (*starts_on, *ends_on))
            };
            let candidates = [
                (whole.days() == (*starts_on, *ends_on)).then(own),
                Quarter::of(*starts_on).filter(is_quarter).map(|quarter| (quarter.to_string(), ReturnKind::Quarterly)),
                (place == pieces.len()).then(own),
                Some((format!("{starts_on} to {ends_on}"), whole.kind)),
            ];
            let free = candidates.into_iter().flatten().find(|(name, _)| !names.contains(name));
            let (period, kind) = free.unwrap_or_else(|| (format!("{starts_on} to {ends_on}, further"), whole.kind));
            names.insert(period.clone());
            all.push(Planned { period, kind, starts_on: *starts_on, ends_on: *ends_on });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_quarter_has_its_days_of_the_plan() {
        let days = |first: &str, last: &str| (first.parse().unwrap(), last.parse().unwrap());
        let quarter = days("2021-01-01", "2021-03-31");
        let all = days("2020-04-01", "2022-03-31");
        let of = |award, own| share_of_plan(Pence(90_000), quarter, award, own);
        assert_eq!(of(all, quarter), Pence(90_000));
        assert_eq!(of(all, days("2021-03-22", "2021-03-31")), Pence(10_000));
        assert_eq!(of(all, days("2021-04-01", "2021-06-30")), Pence(0));
        let late = days("2021-03-22", "2021-12-31");
        assert_eq!(of(late, late), Pence(90_000), "the plan of an award that begins late is for the days that it runs");
        assert_eq!(of(days("2022-01-01", "2022-12-31"), quarter), Pence(0));
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn plan(kind: ReturnKind) -> Vec<Planned> {
        planned(Some(kind), day("2020-06-01"), day("2021-03-31"))
    }

    fn begun(period: &str, kind: ReturnKind, days: (&str, &str), is_fixed: bool) -> Begun {
        Begun { planned: Planned { period: period.to_owned(), kind, starts_on: day(days.0), ends_on: day(days.1) }, is_fixed }
    }

    fn shown(all: &[Planned]) -> Vec<String> {
        all.iter().map(|one| format!("{}: {} {}", one.period, one.starts_on, one.ends_on)).collect()
    }

    const Q1: (&str, &str) = ("2020-06-01", "2020-06-30");
    const Q2: (&str, &str) = ("2020-07-01", "2020-09-30");

    #[test]
    fn a_plan_becomes_returns() {
        let periods =
            |kind| planned(Some(kind), day("2020-05-10"), day("2021-03-31")).into_iter().map(|one| one.period).collect::<Vec<_>>();
        assert_eq!(periods(ReturnKind::Quarterly), ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"]);
        assert_eq!(periods(ReturnKind::HalfYearly), ["2020-21-H1", "2020-21-H2"]);
        assert_eq!(periods(ReturnKind::EndOfGrant), ["end of grant"]);
        assert!(planned(None, day("2020-05-10"), day("2021-03-31")).is_empty());
        let first = &planned(Some(ReturnKind::Quarterly), day("2020-05-10"), day("2021-03-31"))[0];
        assert_eq!((first.starts_on, first.ends_on), (day("2020-05-10"), day("2020-06-30")));
    }

    #[test]
    fn a_return_is_due_after_its_period_and_after_the_acceptance() {
        let first = &plan(ReturnKind::Quarterly)[0];
        let due = |accepted_on: Option<&str>| first.due_on(&Leave { working_days: 15, accepted_on: accepted_on.map(day) });
        assert_eq!([due(None), due(Some("2020-05-20")), due(Some("2020-06-30"))], [day("2020-07-21"); 3]);
        assert_eq!((due(Some("2020-07-01")), due(Some("2020-11-22"))), (day("2020-07-22"), day("2020-12-11")));
    }

    #[test]
    fn a_new_plan_asks_for_what_is_left() {
        let first = begun("2020-21-Q1", ReturnKind::Quarterly, Q1, true);
        let halves = settle(&plan(ReturnKind::HalfYearly), std::slice::from_ref(&first));
        assert_eq!(shown(&halves.open), ["2020-21-Q2: 2020-07-01 2020-09-30", "2020-21-H2: 2020-10-01 2021-03-31"]);
        assert_eq!(halves.begun, [(first.planned.clone(), true)]);
        let second = begun("2020-21-Q2", ReturnKind::Quarterly, Q2, false);
        let whole = settle(&plan(ReturnKind::EndOfGrant), &[second]);
        assert_eq!(shown(&whole.open), ["2020-21-Q1: 2020-06-01 2020-06-30", "end of grant: 2020-10-01 2021-03-31"]);
        let half = begun("2020-21-H1", ReturnKind::HalfYearly, ("2020-06-01", "2020-09-30"), true);
        let quarters = settle(&plan(ReturnKind::Quarterly), &[half]);
        assert_eq!(shown(&quarters.open), ["2020-21-Q3: 2020-10-01 2020-12-31", "2020-21-Q4: 2021-01-01 2021-03-31"]);
    }

    #[test]
    fn what_is_with_the_provider_follows_the_dates_of_the_award() {
        let last = |is_fixed| begun("2020-21-Q4", ReturnKind::Quarterly, ("2021-01-01", "2021-02-28"), is_fixed);
        let longer = plan(ReturnKind::Quarterly);
        let stretched = settle(&longer, &[last(false)]);
        assert_eq!((stretched.begun[0].0.ends_on, stretched.begun[0].1, stretched.open.len()), (day("2021-03-31"), true, 3));
        // What was sent stays as it is, and the days that came after it are asked for apart.
        let sent = settle(&longer, &[last(true)]);
        assert_eq!(sent.begun[0].0.ends_on, day("2021-02-28"));
        assert_eq!(shown(&sent.open)[3], "2021-03-01 to 2021-03-31: 2021-03-01 2021-03-31");
        let halves = settle(&plan(ReturnKind::HalfYearly), &[last(false)]);
        assert_eq!(halves.begun[0].0.ends_on, day("2021-03-31"));
        assert_eq!(shown(&halves.open), ["2020-21-H1: 2020-06-01 2020-09-30", "2020-21-Q3: 2020-10-01 2020-12-31"]);
        let shorter = planned(Some(ReturnKind::Quarterly), day("2020-06-01"), day("2021-01-15"));
        assert_eq!(settle(&shorter, &[last(false)]).begun[0].0.ends_on, day("2021-01-15"));
    }

    #[test]
    fn what_is_no_longer_asked_for_stays_and_is_not_owed() {
        let last = begun("2020-21-Q4", ReturnKind::Quarterly, ("2021-01-01", "2021-03-31"), false);
        let ended = planned(Some(ReturnKind::Quarterly), day("2020-06-01"), day("2020-11-15"));
        for wanted in [ended, Vec::new()] {
            assert_eq!(settle(&wanted, std::slice::from_ref(&last)).begun, [(last.planned.clone(), false)]);
        }
    }

    #[test]
    fn overlaps_of_earlier_times_end() {
        let half = begun("2020-21-H1", ReturnKind::HalfYearly, ("2020-06-01", "2020-09-30"), false);
        let first = begun("2020-21-Q1", ReturnKind::Quarterly, Q1, false);
        let settled = settle(&plan(ReturnKind::HalfYearly), &[first, half]);
        let days: Vec<(NaiveDate, bool)> = settled.begun.iter().map(|(one, is_owed)| (one.starts_on, *is_owed)).collect();
        assert_eq!(days, [(day("2020-06-01"), true), (day("2020-07-01"), true)]);
        assert_eq!(shown(&settled.open), ["2020-21-H2: 2020-10-01 2021-03-31"]);
    }
}
