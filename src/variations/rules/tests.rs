use super::*;
use crate::kernel::Fault;

#[test]
fn a_variation_goes_its_way() {
    use VariationAct::{Accept, Apply, Issue, Refuse, Withdraw};
    use VariationState::{Accepted, Applied, Draft, Issued};
    assert_eq!(next(Draft, Issue, false), Ok(Issued));
    assert_eq!(next(Issued, Accept, false), Ok(Accepted));
    assert_eq!(next(Accepted, Apply, false), Ok(Applied));
    assert!(next(Issued, Apply, false).is_err());
    assert_eq!(next(Issued, Apply, true), Ok(Applied));
    assert!(next(Issued, Accept, true).is_err());
    for act in [Issue, Accept, Refuse, Withdraw, Apply] {
        assert!(next(Applied, act, false).is_err(), "{act}");
    }
}

#[test]
fn only_touched_fields_overlap() {
    let issued = json!({ "amount_pence": 100 });
    let more: VariationInput = serde_json::from_value(json!({ "title": "More", "reason": "Demand", "effective_on": "2020-10-01",
        "value": { "change_pence": 5 } }))
    .unwrap();
    assert!(overlaps(&more, &issued, &json!({ "amount_pence": 100, "profile": [] })).is_empty());
    assert_eq!(overlaps(&more, &issued, &json!({ "amount_pence": 200 })), ["amount_pence"]);
}

#[test]
fn a_variation_holds_from_the_acceptance_on() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let is_early = |effective_on: &str, accepted_on: Option<&str>| {
        let mut faults = Faults::new();
        check_start(&mut faults, day(effective_on), accepted_on.map(|on| Earliest::Agreed(day(on))));
        !faults.0.is_empty()
    };
    assert!(is_early("2020-07-31", Some("2020-08-01")));
    assert!(!is_early("2020-08-01", Some("2020-08-01")));
    assert!(!is_early("2020-07-31", None));
}

#[test]
fn faults_of_the_terms_stand_where_the_variation_makes_them() {
    let shown = |pointer: &str| as_asked(Fault::new(pointer, "code", "words")).pointer;
    let all = ["/amount_pence", "/ends_on", "/split", "/split/0/budget_line_id", "/profile/1/quarter"].map(shown);
    assert_eq!(all, ["/value/change_pence", "/dates/ends_on", "/value/split", "/value/split/0/budget_line_id", "/profile/1/quarter"]);
}

#[test]
fn nothing_is_applied_before_its_day() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let today = day("2020-04-10");
    assert!(check_day(today, None, today).is_ok());
    assert!(check_day(day("2020-04-11"), None, today).is_err());
    // Agreements follow in time.
    assert!(check_day(day("2020-04-05"), Some(Earliest::Agreed(day("2020-04-05"))), today).is_ok());
    assert!(check_day(day("2020-04-04"), Some(Earliest::Agreed(day("2020-04-05"))), today).is_err());
}

#[test]
fn nothing_that_is_agreed_changes_within_a_closed_year() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let of = |agreed: Option<&str>, locked: Option<&str>| Earliest::of(agreed.map(day), locked.map(day));
    assert_eq!(of(None, None), None);
    assert_eq!(of(Some("2020-04-05"), None), Some(Earliest::Agreed(day("2020-04-05"))));
    assert_eq!(of(Some("2020-04-05"), Some("2021-03-31")), Some(Earliest::AfterClosedYear(day("2021-04-01"))));
    assert_eq!(of(None, Some("2021-03-31")), Some(Earliest::AfterClosedYear(day("2021-04-01"))));
    assert_eq!(of(Some("2021-04-02"), Some("2021-03-31")), Some(Earliest::Agreed(day("2021-04-02"))));
}

#[test]
fn a_variation_lapses_the_day_after_its_last() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let due = Some(day("2020-11-30"));
    assert_eq!(shown_state(VariationState::Issued, due, day("2020-11-30")), VariationState::Issued);
    assert_eq!(shown_state(VariationState::Issued, due, day("2020-12-01")), VariationState::Lapsed);
    assert_eq!(shown_state(VariationState::Issued, None, day("2020-12-01")), VariationState::Issued);
    assert_eq!(shown_state(VariationState::Accepted, due, day("2020-12-01")), VariationState::Accepted);
    let wrong = |due: &str, is_unilateral: bool| {
        let issue = VariationIssue { answer_due_on: Some(day(due)) };
        issue_faults(&issue, is_unilateral, day("2020-12-01")).0.into_iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!((wrong("2020-12-01", false), wrong("2020-11-30", false)), (vec![], vec!["reversed_dates".to_owned()]));
    assert_eq!(wrong("2020-12-01", true), ["not_allowed"]);
}

#[test]
fn other_awards_are_named_as_far_as_a_sentence_goes() {
    let awards: Vec<String> = (1..=7).map(|number| format!("CIF-{number}")).collect();
    assert_eq!(shared(&[]), None);
    assert!(shared(&awards[..1]).unwrap().starts_with("CIF-1 has this indicator too,"));
    assert!(shared(&awards).unwrap().starts_with("CIF-1, CIF-2, CIF-3, CIF-4, CIF-5 and 2 more have this indicator too,"));
}
