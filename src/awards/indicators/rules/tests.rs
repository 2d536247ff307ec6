//! Rules of indicators.

use super::*;
use crate::kernel::Clock;

fn people() -> IndicatorInput {
    IndicatorInput {
        name: "People referred".to_owned(),
        definition: None,
        kind: IndicatorKind::Output,
        unit: "people".to_owned(),
        direction: IndicatorDirection::Higher,
        basis: Some("referrals".to_owned()),
        baseline: None,
        adds_over_time: AddsOverTime::Sum,
        adds_over_areas: AddsOverAreas::Sum,
        asks_for: None,
        counts_under_18: false,
        is_social_value: false,
        breakdown: None,
        succeeds_id: None,
        subset_of_id: None,
        programme_id: None,
        fund_id: None,
        award_ids: Vec::new(),
        framework_codes: Vec::new(),
    }
}

fn pointers(faults: Faults) -> Vec<String> {
    faults.0.into_iter().map(|fault| fault.pointer).collect()
}

fn target(period: &str) -> IndicatorTarget {
    IndicatorTarget { area_id: None, period: period.to_owned(), starts_on: None, ends_on: None, target: Quantity::whole(3_400) }
}

#[test]
fn percentages_are_never_added() {
    let percent = IndicatorInput { unit: "percent".to_owned(), ..people() };
    assert_eq!(pointers(faults(&percent, None)), ["/unit"]);
    let averaged = IndicatorInput { adds_over_time: AddsOverTime::Average, adds_over_areas: AddsOverAreas::Average, ..percent };
    assert_eq!(faults(&averaged, None), Faults::new());
    assert_eq!(averaged.measure(), IndicatorMeasure::Percent);
}

fn indicator(award_ids: Vec<Id>, targets: Vec<TargetFacts>) -> Indicator {
    Indicator {
        id: Id::new(),
        version: 1,
        recorded_at: Clock::default().now(),
        effective_on: NaiveDate::MIN,
        facts: IndicatorInput { award_ids, ..people() },
        targets,
        is_locked: false,
        provenance: Provenance::default(),
        note: None,
    }
}

fn beside(state: AwardState) -> Beside {
    Beside { reference: "CIF-1".to_owned(), state }
}

#[test]
fn targets_are_set_before_the_offer() {
    for state in AwardState::ALL.iter().copied() {
        let is_fixed = matches!(state, AwardState::Offered | AwardState::Live | AwardState::Paused);
        assert_eq!(may_set_targets([beside(state)].iter()).is_err(), is_fixed, "{state}");
    }
    assert!(may_set_targets([beside(AwardState::Draft), beside(AwardState::Live)].iter()).is_err());
}

#[test]
fn what_was_offered_stays() {
    let [own, other] = [0; 2].map(|_| Id::new());
    let faults = |targets: Vec<TargetFacts>, state, after: IndicatorInput| {
        let awards = HashMap::from([(own, beside(state)), (other, beside(AwardState::Live))]);
        pointers(promised_faults(Some(&indicator(vec![own], targets)), &after, &awards))
    };
    let renamed = || IndicatorInput { name: "Others".to_owned(), award_ids: vec![own], ..people() };
    let dropped = || IndicatorInput { award_ids: Vec::new(), ..people() };
    let shared = || IndicatorInput { award_ids: vec![own, other], ..people() };
    let aimed = || vec![target("2020-21").into()];
    assert_eq!(faults(aimed(), AwardState::Draft, renamed()), Vec::<String>::new());
    assert_eq!(faults(Vec::new(), AwardState::Offered, renamed()), ["/name"]);
    assert_eq!(faults(Vec::new(), AwardState::Live, renamed()), Vec::<String>::new());
    assert_eq!(faults(aimed(), AwardState::Live, renamed()), ["/name"]);
    assert_eq!(faults(aimed(), AwardState::Closed, renamed()), Vec::<String>::new());
    assert_eq!(faults(Vec::new(), AwardState::Offered, dropped()), ["/award_ids"]);
    assert_eq!(faults(Vec::new(), AwardState::Live, dropped()), Vec::<String>::new());
    assert_eq!(faults(aimed(), AwardState::Draft, shared()), ["/award_ids/1"]);
    assert_eq!(faults(Vec::new(), AwardState::Draft, shared()), Vec::<String>::new());
}

#[test]
fn a_number_is_for_the_period_or_up_to_its_end() {
    use AsksFor::{AtTheEnd, FromBeginning, Period, YearToDate};
    let of = |adds_over_time, direction| IndicatorInput { adds_over_time, direction, ..people() };
    assert_eq!(of(AddsOverTime::Sum, IndicatorDirection::Higher).asks_for(), Period);
    assert_eq!(of(AddsOverTime::Latest, IndicatorDirection::Higher).asks_for(), FromBeginning);
    assert_eq!(of(AddsOverTime::Latest, IndicatorDirection::Lower).asks_for(), AtTheEnd, "people who wait");
    let told = |asks_for, how| pointers(faults(&IndicatorInput { asks_for: Some(asks_for), ..of(how, IndicatorDirection::Higher) }, None));
    assert_eq!(told(YearToDate, AddsOverTime::Sum), ["/adds_over_time"]);
    assert_eq!(told(YearToDate, AddsOverTime::Latest), [""; 0]);
    assert_eq!(told(FromBeginning, AddsOverTime::Average), ["/adds_over_time"]);
    assert_eq!(told(AtTheEnd, AddsOverTime::Sum), ["/adds_over_time"]);
    assert_eq!(told(AtTheEnd, AddsOverTime::Average), [""; 0]);
    // Once there are values, saying what followed before changes nothing; anything else would.
    let facts = of(AddsOverTime::Latest, IndicatorDirection::Higher);
    let before = Indicator { is_locked: true, facts: facts.clone(), ..indicator(Vec::new(), Vec::new()) };
    let again = |asks_for| pointers(faults(&IndicatorInput { asks_for: Some(asks_for), ..facts.clone() }, Some(&before)));
    assert_eq!((again(FromBeginning), again(AtTheEnd)), (Vec::new(), vec!["/asks_for".to_owned()]));
}

#[test]
fn what_values_were_counted_in_stays() {
    let before = Indicator { is_locked: true, ..indicator(Vec::new(), Vec::new()) };
    let other = IndicatorInput {
        name: "People who came".to_owned(),
        unit: "sessions".to_owned(),
        adds_over_time: AddsOverTime::Latest,
        ..people()
    };
    assert_eq!(pointers(faults(&other, Some(&before))), ["/unit", "/adds_over_time"]);
    assert_eq!(faults(&other, Some(&Indicator { is_locked: false, ..before })), Faults::new());
}

#[test]
fn a_period_says_its_days() {
    let dated = target("2020-21-Q3").dated();
    assert_eq!(dated.starts_on, "2020-10-01".parse().ok());
    assert_eq!(target("2018-20").dated().ends_on, "2020-03-31".parse().ok());
    assert_eq!(pointers(target_faults(&[target("2020-21").into(), target("2021-22").into()])), Vec::<String>::new());
    let worded: TargetFacts = target("while the pilot ran").into();
    assert_eq!(pointers(target_faults(std::slice::from_ref(&worded))), ["/targets/0/starts_on", "/targets/0/ends_on"]);
    let words = crate::kernel::TextList(vec!["period".to_owned()]);
    let printed = TargetFacts { provenance: Provenance { not_evidenced: words, ..Provenance::default() }, ..worded };
    assert_eq!(target_faults(&[printed]), Faults::new());
    assert_eq!(pointers(target_faults(&[target("2020-21").into(), target("2020-21").into()])), ["/targets/1/period"]);
}
