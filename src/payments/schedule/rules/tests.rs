use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_first_bears_a_correction_and_none_comes_to_less_than_nothing() {
    let of = |more| corrected(&[Pence(80), Pence(20)], Pence(more)).into_iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!([of(0), of(5), of(-5)], [vec![80, 20], vec![85, 20], vec![75, 20]]);
    assert_eq!([of(-90), of(-100), of(-1_000)], [vec![0, 10], vec![0, 0], vec![0, 0]]);
    assert!(corrected(&[], Pence(5)).is_empty());
}

fn terms(amount: i64, starts_on: &str, ends_on: &str, profile: &[(&str, i64)]) -> Terms {
    let quarter = |(quarter, pence): &(&str, i64)| QuarterAmount { quarter: quarter.parse().unwrap(), amount_pence: Pence(*pence) };
    Terms { amount: Pence(amount), starts_on: day(starts_on), ends_on: day(ends_on), profile: profile.iter().map(quarter).collect() }
}

fn plan(basis: PaymentBasis) -> PaymentScheduleInput {
    PaymentScheduleInput { basis, due_after_days: 0, milestones: Vec::new(), coding: None }
}

fn shown(all: &[Instalment]) -> Vec<String> {
    all.iter().map(|one| format!("{} {} {}", one.key, one.due_on, one.amount.0)).collect()
}

#[test]
fn quarters_follow_the_profile_and_are_alike_without_one() {
    let by_profile = terms(100, "2020-06-01", "2021-03-31", &[("2020-21-Q2", 60), ("2020-21-Q3", 40)]);
    assert_eq!(shown(&cut(&by_profile, &plan(PaymentBasis::Quarterly))), ["2020-21-Q2 2020-07-01 60", "2020-21-Q3 2020-10-01 40"]);
    let alike = terms(100, "2020-06-10", "2020-12-31", &[]);
    let expected = ["2020-21-Q1 2020-06-10 34", "2020-21-Q2 2020-07-01 33", "2020-21-Q3 2020-10-01 33"];
    assert_eq!(shown(&cut(&alike, &plan(PaymentBasis::Quarterly))), expected);
    let late = PaymentScheduleInput { due_after_days: 30, ..plan(PaymentBasis::Arrears) };
    let arrears = cut(&alike, &late);
    assert_eq!((arrears[0].due_on, arrears[0].waits_for.as_deref()), (day("2020-07-30"), Some("the accepted return for 2020-21-Q1")));
    assert!(arrears.iter().all(|one| one.is_estimate));
}

#[test]
fn what_nobody_spent_by_the_last_quarter_stays_unplanned() {
    let terms = terms(100, "2020-06-10", "2020-09-30", &[]);
    let all = |basis| {
        let kept: Vec<Kept> = cut(&terms, &plan(basis)).into_iter().map(|one| (one.key, one.days)).collect();
        shown(&wanted(&terms, &plan(basis), &kept, Pence(20), day("2020-11-01")))
    };
    assert_eq!(all(PaymentBasis::Quarterly), ["rest 1 2020-11-01 20"]);
    assert_eq!(all(PaymentBasis::Arrears), [""; 0]);
}

#[test]
fn months_stay_within_the_award_and_their_quarter() {
    let all = cut(&terms(100, "2020-06-10", "2020-08-20", &[]), &plan(PaymentBasis::Monthly));
    assert_eq!(shown(&all), ["2020-06 2020-06-10 50", "2020-07 2020-07-01 25", "2020-08 2020-08-01 25"]);
    assert_eq!(all[2].days, Some((day("2020-08-01"), day("2020-08-20"))));
}

#[test]
fn half_waits_for_proof_and_milestones_for_themselves() {
    let all = cut(&terms(101, "2020-06-10", "2021-03-31", &[]), &plan(PaymentBasis::HalfOnProof));
    assert_eq!(shown(&all), ["1 2020-06-10 51", "2 2021-03-31 50"]);
    assert_eq!((all[0].waits_for.as_deref(), all[1].waits_for.as_deref()), (None, Some("proof of purchase")));
    let milestone = |weight| PaymentMilestone { waits_for: "open".to_owned(), due_on: day("2020-09-01"), weight };
    let by = PaymentScheduleInput { milestones: vec![milestone(1), milestone(2)], ..plan(PaymentBasis::Milestones) };
    assert_eq!(shown(&cut(&terms(100, "2020-06-10", "2021-03-31", &[]), &by)), ["1 2020-09-01 33", "2 2020-09-01 67"]);
}

#[test]
fn what_is_kept_is_not_cut_again() {
    let by = terms(100, "2020-04-01", "2021-03-31", &[]);
    let kept = [("2020-21-Q1".to_owned(), Some((day("2020-04-01"), day("2020-06-30"))))];
    let again = cut_again(cut(&by, &plan(PaymentBasis::Monthly)), &kept, Pence(90), day("2020-07-05"));
    assert_eq!((again.len(), again[0].key.as_str(), again.iter().map(|one| one.amount.0).sum::<i64>()), (9, "2020-07", 90));
    let rest = cut_again(Vec::new(), &kept, Pence(7), day("2021-05-01"));
    assert_eq!(shown(&rest), ["rest 1 2021-05-01 7"]);
    assert!(cut_again(cut(&by, &plan(PaymentBasis::Monthly)), &kept, Pence::ZERO, day("2020-07-05")).is_empty());
}

#[test]
fn what_changes_is_borne_by_all_open_months() {
    let year = terms(1_200, "2020-04-01", "2021-03-31", &[]);
    let month = |key: &str, first: &str, last: &str| (key.to_owned(), Some((day(first), day(last))));
    let kept = [month("2020-04", "2020-04-01", "2020-04-30"), month("2020-05", "2020-05-01", "2020-05-31")];
    let pence = |all: Vec<Instalment>| all.into_iter().map(|one| one.amount.0).collect::<Vec<_>>();
    // What is left of a quarter is not the last month's alone, and no quarter gives way to another.
    let again = cut_again(cut(&year, &plan(PaymentBasis::Monthly)), &kept, Pence(1_030), day("2020-06-05"));
    assert_eq!(pence(again), [103; 10]);
    // The months of a quarter differ by a penny at most, though the cut before had rounded them.
    let quarter = cut(&terms(100_000, "2020-04-01", "2020-06-30", &[]), &plan(PaymentBasis::Monthly));
    assert_eq!(pence(quarter.clone()), [33_334, 33_333, 33_333]);
    assert_eq!(pence(cut_again(quarter, &[], Pence(100_100), day("2020-06-05"))), [33_367, 33_367, 33_366]);
}

#[test]
fn spend_is_settled_up_to_what_is_missing() {
    let of = |starts_on: &str, ends_on: &str, is_accepted, spent| OwedReturn {
        period: String::new(),
        starts_on: day(starts_on),
        ends_on: day(ends_on),
        is_accepted,
        spent: Pence(spent),
    };
    let q1 = || of("2020-04-01", "2020-06-30", true, 10);
    let q2 = || of("2020-07-01", "2020-09-30", false, 0);
    let q3 = || of("2020-10-01", "2020-12-31", true, 5);
    assert_eq!(settled_to(&[q1(), q2(), q3()]), Some((day("2020-06-30"), Pence(10))));
    assert_eq!(settled_to(&[q1(), of("2020-07-01", "2020-09-30", true, 20), q3()]), Some((day("2020-12-31"), Pence(35))));
    assert_eq!(settled_to(&[q2(), q3()]), None);
}

#[test]
fn every_fault_of_a_schedule_at_once() {
    let coding = PaymentCoding { cost_centre: Some("=1".to_owned()), ..PaymentCoding::default() };
    let wrong = PaymentScheduleInput { coding: Some(coding), ..plan(PaymentBasis::Milestones) };
    let found: Vec<String> = faults(&wrong, AwardKind::Contract).0.iter().map(|one| format!("{} {}", one.pointer, one.code)).collect();
    assert_eq!(found, ["/basis not_allowed", "/milestones required", "/coding/cost_centre wrong_format"]);
}

/// Numbers that are the same at each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn pence(&mut self, end: u64) -> Pence {
        Pence(i64::try_from(self.below(end)).unwrap())
    }
}

/// A hundred thousand awards of all lengths, profiles and bases: no penny is lost or made, and none is below nothing.
#[test]
fn instalments_come_to_the_award_whatever_it_is() {
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    let first = day("2019-04-01");
    for _ in 0..100_000 {
        let starts_on = first + Days::new(numbers.below(400));
        let ends_on = starts_on + Days::new(numbers.below(500));
        let amount = Pence(1) + numbers.pence(200_000_000);
        let has_profile = numbers.below(2) == 0;
        let quarters = Quarter::between(starts_on, ends_on).into_iter().filter(|_| has_profile);
        let profile = quarters.map(|quarter| QuarterAmount { quarter, amount_pence: numbers.pence(1_000) }).collect();
        // All but invoices, which come by themselves.
        let basis = PaymentBasis::ALL[usize::try_from(numbers.below(5)).unwrap()];
        let milestone = |weight| PaymentMilestone { waits_for: "x".to_owned(), due_on: ends_on, weight };
        let count = if basis == PaymentBasis::Milestones { 1 + numbers.below(6) } else { 0 };
        let milestones = (0..count).map(|_| milestone(1 + numbers.pence(99).0)).collect();
        let by = PaymentScheduleInput { milestones, ..plan(basis) };
        let terms = Terms { amount, starts_on, ends_on, profile };
        let all = cut(&terms, &by);
        assert_eq!(all.iter().map(|one| one.amount).sum::<Pence>(), amount, "{terms:?} {by:?}");
        assert!(all.iter().all(|one| one.amount.is_positive()), "{terms:?} {by:?}");
        // Some of it is paid, and the amount changes.
        let paid = usize::try_from(numbers.below(u64::try_from(all.len()).unwrap() + 1)).unwrap();
        let kept: Vec<Kept> = all.iter().take(paid).map(|one| (one.key.clone(), one.days)).collect();
        let left = numbers.pence(100_000_000);
        let again = cut_again(cut(&terms, &by), &kept, left, ends_on);
        assert_eq!(again.iter().map(|one| one.amount).sum::<Pence>(), left, "{terms:?} {by:?} {paid}");
    }
}

/// A row of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }

    /// Small amounts as often as large ones.
    fn pence(&mut self) -> Pence {
        let end = 10_i64.pow(u32::try_from(1 + self.below(11)).unwrap());
        Pence(self.below(i64::from(u32::MAX)) * 7 % end)
    }
}

#[test]
fn schedules_and_splits_sum_to_the_penny_in_100_000_cases() {
    let mut dice = Dice(4);
    let bases =
        [PaymentBasis::Monthly, PaymentBasis::Quarterly, PaymentBasis::Arrears, PaymentBasis::HalfOnProof, PaymentBasis::Milestones];
    for case in 0..100_000 {
        let amount = dice.pence();
        let starts_on = day("2020-04-01") + chrono::Days::new(dice.below(365).unsigned_abs());
        let ends_on = starts_on + chrono::Days::new(dice.below(500).unsigned_abs());
        let quarters = Quarter::between(starts_on, ends_on);
        let with_profile = dice.below(2) == 0;
        let profile = quarters
            .iter()
            .filter(|_| with_profile)
            .map(|quarter| QuarterAmount { quarter: *quarter, amount_pence: dice.pence() })
            .collect();
        let basis = bases[usize::try_from(dice.below(5)).unwrap()];
        let milestone = |weight| PaymentMilestone { waits_for: "it".to_owned(), due_on: ends_on, weight };
        let milestones = if basis == PaymentBasis::Milestones {
            (0..=dice.below(5)).map(|_| milestone(1 + dice.below(1_000_000))).collect()
        } else {
            Vec::new()
        };
        let plan = PaymentScheduleInput { milestones, ..plan(basis) };
        let terms = Terms { amount, starts_on, ends_on, profile };
        let sum = |all: &[Instalment]| all.iter().map(|one| one.amount).sum::<Pence>();
        let all = cut(&terms, &plan);
        assert_eq!(sum(&all), amount, "case {case}: {terms:?} {plan:?}");
        assert!(all.iter().all(|one| one.amount.is_positive()), "case {case}");
        // Some stay, and the rest is cut again for what is left.
        let kept: Vec<Kept> = all.iter().filter(|_| dice.below(3) == 0).map(|one| (one.key.clone(), one.days)).collect();
        let left = dice.pence();
        let again = cut_again(all, &kept, left, starts_on);
        assert_eq!(sum(&again), left, "case {case}: {terms:?} {plan:?} {kept:?}");
        assert!(again.iter().all(|one| kept.iter().all(|(key, _)| *key != one.key)), "case {case}");
        // An amount falls on lines without a penny more than a line has.
        let weights: Vec<Pence> = (0..=dice.below(8)).map(|_| dice.pence()).collect();
        let whole: Pence = weights.iter().copied().sum();
        let part = Pence(if whole.is_positive() { dice.below(i64::from(u32::MAX)) * 3 % (whole.0 + 1) } else { 0 });
        let parts = part.split(&weights);
        assert_eq!(parts.iter().copied().sum::<Pence>(), part, "case {case}");
        assert!(
            parts.iter().zip(&weights).all(|(part, weight)| part <= weight && *part >= Pence::ZERO),
            "case {case}: {part:?} {weights:?}"
        );
    }
}
