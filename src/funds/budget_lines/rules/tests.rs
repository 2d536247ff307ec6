use proptest::prelude::*;

use super::*;
use crate::kernel::Code;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn terms(state: BudgetState, amount: i64) -> BudgetTerms {
    BudgetTerms {
        state,
        amount_pence: Pence(amount),
        internal_pence: Some(Pence::ZERO),
        figure: FigureNote::default(),
        effective_on: day("2020-04-01"),
        conditions: None,
        window_starts_on: None,
        window_ends_on: None,
        unspent_rule: None,
        reason: None,
    }
}

fn standing(state: BudgetState, shortfall: i64, at_risk: Option<i64>, promised: i64) -> Standing {
    let at_risk = at_risk.map(|amount| AtRiskTerms {
        amount_pence: Pence(amount),
        approved_on: day("2020-05-19"),
        until: Some(day("2020-06-30")),
        reason: "the grant is late".to_owned(),
        figure: FigureNote::default(),
    });
    Standing {
        reference: "VRU-2020-21-B1".to_owned(),
        state,
        shortfall: Pence(shortfall),
        at_risk: at_risk.map(|terms| AtRisk { terms, promised: Pence(promised) }),
    }
}

fn code_of(outcome: Result<(), Refusal>) -> Option<Code> {
    match outcome {
        Err(Refusal::Rule { code, .. }) => Some(code),
        _ => None,
    }
}

fn pointers(faults: &Faults) -> Vec<(&str, &str)> {
    faults.0.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect()
}

#[test]
fn a_confirmed_line_is_never_planned_again() {
    use BudgetState::{Confirmed, Planned, Provisional, Restated, Withdrawn};
    for (before, after, may) in [
        (Planned, Provisional, true),
        (Provisional, Planned, false),
        (Provisional, Restated, true),
        (Confirmed, Confirmed, false),
        (Confirmed, Restated, true),
        (Restated, Restated, true),
        (Restated, Provisional, false),
        (Restated, Withdrawn, true),
        (Withdrawn, Confirmed, false),
    ] {
        assert_eq!(before.may_become(after), may, "{before} to {after}");
    }
}

#[test]
fn all_faults_of_a_version_are_found_at_once() {
    let wrong = BudgetTerms {
        window_starts_on: Some(day("2021-03-31")),
        window_ends_on: Some(day("2020-03-24")),
        conditions: Some(" ".to_owned()),
        effective_on: day("2020-03-31"),
        ..terms(BudgetState::Restated, 0)
    };
    let found = faults(&wrong, Some(&terms(BudgetState::Confirmed, 5)));
    let expected =
        [("/amount_pence", "too_small"), ("/window_ends_on", "reversed_dates"), ("/effective_on", "too_early"), ("/conditions", "blank")];
    assert_eq!(pointers(&found), expected);
    assert!(faults(&terms(BudgetState::Withdrawn, 0), None).0.is_empty());
    assert_eq!(pointers(&faults(&terms(BudgetState::Withdrawn, 1), None)), [("/amount_pence", "not_zero")]);
}

#[test]
fn no_more_is_at_risk_than_the_line_holds() {
    let approval = |amount, until: &str| AtRiskTerms {
        amount_pence: Pence(amount),
        approved_on: day("2020-05-19"),
        until: Some(day(until)),
        reason: "the grant is late".to_owned(),
        figure: FigureNote::default(),
    };
    assert!(at_risk_faults(&approval(100, "2020-05-19"), Pence(100)).0.is_empty());
    assert_eq!(
        pointers(&at_risk_faults(&approval(101, "2020-05-18"), Pence(100))),
        [("/amount_pence", "beyond_line"), ("/until", "reversed_dates")]
    );
}

#[test]
fn a_cut_below_what_is_promised_leaves_a_shortfall() {
    // £100 budgeted: £30 free in the fund period, £20 in a tranche, £50 promised; cut to £10.
    let cut = plan(Pence(-9_000), Pence::ZERO, Pence(9_000), &[Pence(3_000), Pence(2_000)]);
    assert_eq!(cut, Plan { give: Pence::ZERO, take: vec![Pence(3_000), Pence(2_000)] });
    // £5 comes back from an award.
    assert_eq!(cover(Pence(4_000), &[Pence(500)]), Plan { give: Pence::ZERO, take: vec![Pence(500)] });
    // The source gives £50 more: £35 of it is owed already.
    assert_eq!(plan(Pence(5_000), Pence(3_500), Pence(-1_500), &[]), Plan { give: Pence(1_500), take: vec![] });
}

#[test]
fn what_was_returned_before_a_cut_is_not_taken_again() {
    // £100 given, £20 returned as unspent, £10 recovered since, which is free.
    let take = |next: i64, free: i64| plan(Pence(next - 10_000), Pence::ZERO, Pence(8_000 - next), &[Pence(free)]).take[0];
    assert_eq!(take(8_000, 1_000), Pence::ZERO, "the final grant is what was kept");
    assert_eq!(take(9_000, 1_000), Pence::ZERO);
    assert_eq!(take(7_500, 1_000), Pence(500));
    assert_eq!(take(5_000, 1_000), Pence(1_000));
}

#[test]
fn only_confirmed_money_is_held_out_or_what_is_approved_at_risk() {
    let approval = AtRiskTerms {
        amount_pence: Pence(40),
        approved_on: day("2020-05-19"),
        until: None,
        reason: "late".to_owned(),
        figure: FigureNote::default(),
    };
    assert_eq!(held_out(&terms(BudgetState::Planned, 100), None), Pence::ZERO);
    assert_eq!(held_out(&terms(BudgetState::Provisional, 100), Some(&approval)), Pence(40));
    assert_eq!(held_out(&terms(BudgetState::Restated, 100), Some(&approval)), Pence(100));
    assert_eq!(held_out(&terms(BudgetState::Withdrawn, 0), Some(&approval)), Pence::ZERO);
}

#[test]
fn an_offer_needs_a_line_that_can_carry_it() {
    use BudgetState::{Confirmed, Provisional, Withdrawn};
    let on = day("2020-06-30");
    assert_eq!(may_offer(&standing(Confirmed, 0, None, 0), Pence(1), on), Ok(()));
    assert_eq!(code_of(may_offer(&standing(Confirmed, 1, None, 0), Pence(1), on)), Some(Code::Shortfall));
    assert_eq!(code_of(may_offer(&standing(Withdrawn, 0, None, 0), Pence(1), on)), Some(Code::WrongState));
    assert_eq!(code_of(may_offer(&standing(Provisional, 0, None, 0), Pence(1), on)), Some(Code::NotConfirmed));
    assert_eq!(may_offer(&standing(Provisional, 0, Some(100), 60), Pence(40), on), Ok(()));
    assert_eq!(code_of(may_offer(&standing(Provisional, 0, Some(100), 60), Pence(41), on)), Some(Code::NotConfirmed));
    for outside in ["2020-05-18", "2020-07-01"] {
        assert_eq!(code_of(may_offer(&standing(Provisional, 0, Some(100), 0), Pence(1), day(outside))), Some(Code::NotConfirmed));
    }
}

#[test]
fn a_cut_empties_first_what_nobody_waits_for() {
    let ids: Vec<Id> = (0..5).map(|_| Id::new()).collect();
    let free = |place, at: usize| Free { place, record_id: ids[at], balance: Pence(1) };
    let mut all = [
        free(Place::OpenedTranche, 0),
        free(Place::Earmark, 1),
        free(Place::PlannedTranche, 2),
        free(Place::PlannedTranche, 3),
        free(Place::FundPeriod, 4),
    ];
    sort_for_a_cut(&mut all);
    assert_eq!(all.map(|one| one.record_id).to_vec(), [ids[4], ids[3], ids[2], ids[1], ids[0]]);
}

#[test]
fn wanted_parts_are_checked_whole() {
    let (one, two) = (Id::new(), Id::new());
    let free = [(one, Pence(60)), (two, Pence(40))];
    let part = |budget_line_id, amount| BudgetLinePart { budget_line_id, amount_pence: Pence(amount) };
    assert_eq!(parts_of(Pence(50), Some(&[part(two, 30), part(one, 20)]), &free, "It"), Ok(vec![(two, Pence(30)), (one, Pence(20))]));
    assert_eq!(code_of(parts_of(Pence(50), Some(&[part(two, 50)]), &free, "It").map(drop)), Some(Code::InsufficientBalance));
    let Err(Refusal::Invalid(faults)) = parts_of(Pence(50), Some(&[part(two, 10), part(two, 10), part(Id::new(), 0)]), &free, "It") else {
        panic!("taken");
    };
    let codes: Vec<&str> = faults.iter().map(|fault| fault.code.as_str()).collect();
    assert_eq!(codes, ["repeated", "unknown_record", "too_small", "does_not_add_up"]);
}

proptest! {
    /// No line gives more than it has, and the parts are the whole.
    #[test]
    fn an_amount_is_split_to_the_penny(held in prop::collection::vec(0_i64..100_000, 1..8), share in 0_i64..=1_000) {
        let free: Vec<(Id, Pence)> = held.iter().map(|one| (Id::new(), Pence(*one))).collect();
        let total: i64 = held.iter().sum();
        let amount = total * share / 1_000;
        let parts = parts_of(Pence(amount), None, &free, "It").unwrap();
        prop_assert_eq!(parts.iter().map(|part| part.1.0).sum::<i64>(), amount);
        for (id, part) in parts {
            let (_, held) = free.iter().find(|one| one.0 == id).unwrap();
            prop_assert!(part.is_positive() && part <= *held);
        }
        let refused = parts_of(Pence(total + 1), None, &free, "It").map(drop);
        prop_assert_eq!(code_of(refused), Some(Code::InsufficientBalance));
    }

    /// Whatever is changed, in any order: what the source has given is what the line holds out and what is promised beyond it.
    #[test]
    fn given_is_held_out_and_shortfall(steps in prop::collection::vec((0_i64..1_000, 0_i64..400, 0_i64..400, any::<bool>()), 1..40)) {
        let (mut held, mut given, mut shortfall, mut free, mut promised) = (0_i64, 0_i64, 0_i64, [0_i64, 0], 0_i64);
        for (next, offer, back, aside) in steps {
            let plan = plan(Pence(next - held), Pence(shortfall), Pence(given - next), &free.map(Pence));
            let taken: i64 = plan.take.iter().map(|part| part.0).sum();
            given += plan.give.0 - taken;
            free = [free[0] + plan.give.0 - plan.take[0].0, free[1] - plan.take[1].0];
            (held, shortfall) = (next, given - next);
            prop_assert!(shortfall >= 0 && free.iter().all(|part| *part >= 0));
            prop_assert!(shortfall == 0 || free == [0, 0], "nothing is free while more is promised than there is");
            prop_assert_eq!(given, free[0] + free[1] + promised);
            if aside {
                free = [0, free[0] + free[1]];
            }
            let offered = offer.min(free[1]);
            let back = back.min(promised);
            promised += offered - back;
            free = [free[0] + back, free[1] - offered];
            let covered = cover(Pence(shortfall), &free.map(Pence));
            let taken: i64 = covered.take.iter().map(|part| part.0).sum();
            given -= taken;
            free = [free[0] - covered.take[0].0, free[1] - covered.take[1].0];
            shortfall -= taken;
            prop_assert_eq!(given, held + shortfall);
        }
    }
}
