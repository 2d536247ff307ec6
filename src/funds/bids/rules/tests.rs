use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn gate(passed: bool) -> BidGate {
    BidGate { name: None, passed, passed_on: None }
}

fn bid(state: BidState) -> BidTerms {
    BidTerms {
        state,
        title: "VRU grant application 2020-21".to_owned(),
        funding_source_id: Some(Id::new()),
        fund_id: None,
        lead_applicant: "OPCC".to_owned(),
        lead_provider_id: None,
        opcc_role: OpccRole::Lead,
        round: None,
        area_ids: Vec::new(),
        requested_pence: Some(Pence(337_000_000)),
        awarded_pence: None,
        figure: FigureNote::default(),
        submitted_on: Some(day("2020-04-30")),
        decided_on: None,
        gates: vec![gate(true), gate(true), gate(true), gate(false)],
        budget_line_id: None,
        reason: None,
    }
}

fn codes(faults: &Faults) -> Vec<(&str, &str)> {
    faults.0.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect()
}

#[test]
fn progress_is_read_off_the_gates() {
    assert_eq!(bid(BidState::Submitted).progress().as_deref(), Some("3 of 4"));
    assert_eq!(BidTerms { gates: Vec::new(), ..bid(BidState::Submitted) }.progress(), None);
}

#[test]
fn gates_are_passed_one_after_the_other() {
    let terms = bid(BidState::Submitted);
    assert!(terms.passing(3, day("2020-05-19")).is_err());
    let done = terms.passing(4, day("2020-05-19")).unwrap();
    assert_eq!(done.progress().as_deref(), Some("4 of 4"));
    assert_eq!(done.gates[3].passed_on, Some(day("2020-05-19")));
    assert!(done.passing(5, day("2020-05-20")).is_err());
    let out_of_order = BidTerms { gates: vec![gate(false), gate(true)], ..terms };
    assert_eq!(codes(&faults(&out_of_order, None, &Provenance::default())), [("/gates/1", "not_next")]);
}

#[test]
fn gates_stay_once_one_is_passed() {
    let before = bid(BidState::Submitted);
    let mut input = BidInput::of(&before).unwrap();
    assert_eq!(input.terms(Some(&before)), before);
    input.gates.pop();
    assert_eq!(codes(&faults(&input.terms(Some(&before)), Some(&before), &Provenance::default())), [("/gates", "fixed")]);
}

#[test]
fn only_history_may_be_incomplete() {
    let bare = BidTerms { funding_source_id: None, requested_pence: None, submitted_on: None, ..bid(BidState::Successful) };
    let expected =
        [("/funding_source_id", "required"), ("/requested_pence", "required"), ("/submitted_on", "required"), ("/decided_on", "required")];
    assert_eq!(codes(&faults(&bare, None, &Provenance::default())), expected);
    let mut provenance = Provenance::default();
    provenance.not_evidenced.extend(["source", "requested", "submitted_on", "decided_on"].map(str::to_owned));
    assert!(faults(&bare, None, &provenance).0.is_empty());
}

#[test]
fn only_a_successful_bid_has_money() {
    let early = BidTerms { awarded_pence: Some(Pence(1)), ..bid(BidState::Submitted) };
    assert_eq!(codes(&faults(&early, None, &Provenance::default())), [("/awarded_pence", "not_awarded")]);
    let reversed = BidTerms { awarded_pence: Some(Pence::ZERO), decided_on: Some(day("2020-04-29")), ..bid(BidState::Successful) };
    assert_eq!(
        codes(&faults(&reversed, None, &Provenance::default())),
        [("/decided_on", "reversed_dates"), ("/awarded_pence", "too_small")]
    );
}

#[test]
fn a_bid_that_is_over_is_not_edited() {
    for state in BidState::ALL {
        assert_eq!(BidInput::of(&bid(*state)).is_err(), state.is_over(), "{state}");
    }
    assert!(BidState::Drafting.may_become(BidState::Successful));
    assert!(!BidState::Successful.may_become(BidState::Unsuccessful));
}
