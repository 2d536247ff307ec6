use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn quarter(text: &str, pence: i64) -> QuarterAmount {
    QuarterAmount { quarter: text.parse().unwrap(), amount_pence: Pence(pence) }
}

fn pence(profile: &[QuarterAmount]) -> Vec<i64> {
    profile.iter().map(|one| one.amount_pence.0).collect()
}

fn of_2020(pence: &[i64]) -> Vec<QuarterAmount> {
    let year = FinancialYear::beginning(2020).unwrap();
    year.quarters().into_iter().zip(pence).map(|(quarter, pence)| QuarterAmount { quarter, amount_pence: Pence(*pence) }).collect()
}

/// A profile of 2020-21 cut to another amount from a day on, of which this has gone out; the last quarter is new.
fn cut(profile: &[i64], whole: i64, from: &str, gone_out: &[i64]) -> Vec<i64> {
    let year = FinancialYear::beginning(2020).unwrap();
    let (profile, gone_out) = (of_2020(profile), of_2020(gone_out));
    let before: Pence = profile.iter().map(|one| one.amount_pence).sum();
    let quarters = year.quarters();
    let new = [quarters[3]];
    let cut = Recut {
        amount: Pence(whole),
        more: (Pence(whole) - before).max(Pence::ZERO),
        from: day(from),
        period_ends_on: year.last_day(),
        quarters: &quarters,
        new: &new,
        gone_out: &gone_out,
    };
    pence(&recut_profile(&profile, &cut))
}

#[test]
fn the_past_of_a_profile_stays() {
    let profile = [quarter("2020-21-Q1", 100), quarter("2020-21-Q2", 100), quarter("2020-21-Q3", 50), quarter("2021-22-Q1", 70)];
    let cut = recut_quarters(&profile, Pence(400), day("2020-08-15"), day("2021-03-31"));
    assert_eq!(pence(&cut), [100, 200, 100, 70]);
    let less = recut_quarters(&profile, Pence(60), day("2020-08-15"), day("2021-03-31"));
    assert_eq!(pence(&less), [24, 24, 12, 70]);
}

#[test]
fn more_money_for_more_time_goes_to_the_new_quarters() {
    // Also where the new quarter is over by the day from which the change holds, as it may be after a rebase.
    for from in ["2020-12-01", "2021-01-01", "2021-04-01"] {
        assert_eq!(cut(&[100; 3], 400, from, &[100; 3]), [100; 4], "all paid");
        assert_eq!(cut(&[100; 3], 400, from, &[]), [100; 4], "nothing paid");
    }
    assert_eq!(cut(&[100; 3], 300, "2020-12-01", &[100; 2]), [100; 3], "more time without more money");
    assert_eq!(cut(&[100; 3], 250, "2020-12-01", &[100; 2]), [100, 100, 50]);
}

#[test]
fn what_has_gone_out_is_cut_last() {
    assert_eq!(cut(&[100; 4], 350, "2020-10-01", &[100, 100, 100]), [100, 100, 100, 50], "paid ahead");
    assert_eq!(cut(&[100; 4], 450, "2020-10-01", &[100, 100, 100]), [100, 100, 100, 150]);
    // Quarters that are over and unpaid go before those that are paid, and what is unpaid of a quarter before what is paid of it.
    assert_eq!(cut(&[100; 4], 160, "2021-01-01", &[100]), [100, 20, 20, 20]);
    assert_eq!(cut(&[100; 4], 250, "2020-10-01", &[100, 100, 40]), [100, 100, 50, 0]);
    assert_eq!(cut(&[100; 4], 420, "2020-10-01", &[100, 100, 40, 100]), [100, 100, 120, 100]);
    assert_eq!(cut(&[100; 4], 200, "2020-10-01", &[100; 4]), [50; 4], "nothing is left to be cut");
}

#[test]
fn years_follow_their_quarters_and_without_any_what_is_unpaid() {
    let year = |first: i32, pence: i64| YearAmount { financial_year: FinancialYear::beginning(first).unwrap(), amount_pence: Pence(pence) };
    let end = day("2022-03-31");
    let profile = [quarter("2020-21-Q4", 10), quarter("2021-22-Q1", 20), quarter("2021-22-Q2", 30)];
    assert_eq!(years_of(&profile, &[year(2020, 60), year(2022, 5)], end), [year(2020, 10), year(2021, 50), year(2022, 5)]);
    let quarters = Quarter::between(day("2021-01-01"), day("2021-09-30"));
    let gone_out = [quarter("2020-21-Q4", 10), quarter("2021-22-Q1", 20)];
    let cut = |whole: i64, more: i64, new: &[Quarter], told: &[YearAmount]| {
        let (amount, more, from) = (Pence(whole), Pence(more), day("2021-01-01"));
        recut_annual(told, &Recut { amount, more, from, period_ends_on: end, quarters: &quarters, new, gone_out: &gone_out })
    };
    assert_eq!(cut(35, 0, &[], &[year(2020, 10), year(2021, 50), year(2022, 5)]), [year(2020, 10), year(2021, 25), year(2022, 5)]);
    assert_eq!(cut(60, 50, &quarters[1..], &[year(2020, 10)]), [year(2020, 10), year(2021, 50)]);
}

proptest! {
    #[test]
    fn a_recut_profile_adds_up(
        parts in prop::collection::vec(0_i64..1_000_000, 1..5),
        paid in prop::collection::vec(0_i64..1_000_000, 0..5),
        whole in 0_i64..5_000_000,
        month in 0_u32..14,
    ) {
        let year = FinancialYear::beginning(2020).unwrap();
        let (profile, gone_out) = (of_2020(&parts), of_2020(&paid));
        let before: i64 = parts.iter().sum();
        let quarters = year.quarters();
        let from = day("2020-04-01").checked_add_months(chrono::Months::new(month)).unwrap();
        let amount = Pence(whole);
        prop_assert_eq!(pence(&recut_quarters(&profile, amount, from, year.last_day())).iter().sum::<i64>(), whole);
        let more = Pence((whole - before).max(0));
        let indicative = quarter("2021-22-Q1", 7);
        let with_later: Vec<QuarterAmount> = profile.iter().copied().chain([indicative]).collect();
        let new = &quarters[parts.len()..];
        let cut = Recut { amount, more, from, period_ends_on: year.last_day(), quarters: &quarters, new, gone_out: &gone_out };
        let again = recut_profile(&with_later, &cut);
        prop_assert_eq!(again.last(), Some(&indicative));
        let then: Vec<QuarterAmount> = again.iter().copied().filter(|one| *one != indicative).collect();
        prop_assert_eq!(pence(&then).iter().sum::<i64>(), whole);
        prop_assert!(pence(&then).iter().all(|pence| *pence >= 0));
        let years = years_of(&again, &[], year.last_day());
        prop_assert_eq!(years.iter().map(|one| one.amount_pence.0).collect::<Vec<_>>(), [whole, 7]);
        let annual = recut_annual(&[YearAmount { financial_year: year, amount_pence: Pence(before) }], &cut);
        prop_assert_eq!(annual, [YearAmount { financial_year: year, amount_pence: amount }]);
        // What has gone out of a quarter stays as long as the others can bear the change.
        let of = |all: &[QuarterAmount], quarter: Quarter| all.iter().filter(|one| one.quarter == quarter).map(|one| one.amount_pence.0).sum::<i64>();
        let is_out = |one: &&QuarterAmount| of(&gone_out, one.quarter) > 0;
        let out: i64 = profile.iter().filter(is_out).map(|one| one.amount_pence.0).sum();
        let is_open = profile.len() > profile.iter().filter(is_out).count();
        if is_open && out <= whole {
            for one in profile.iter().filter(is_out) {
                prop_assert_eq!(of(&then, one.quarter), one.amount_pence.0);
            }
        }
    }
}
