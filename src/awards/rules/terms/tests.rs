use super::*;
use crate::kernel::{Fault, TextList};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn period() -> PeriodSpan {
    PeriodSpan { starts_on: day("2020-04-01"), ends_on: day("2021-03-31") }
}

fn grant() -> AwardInput {
    AwardInput {
        kind: AwardKind::Grant,
        legal_power: Some(LegalPower::CrimeAndDisorder),
        legal_power_text: None,
        fund_period_id: Id::new(),
        tranche_id: None,
        earmark_id: None,
        provider_id: Some(Id::new()),
        service_line_id: None,
        programme_id: None,
        component_of: None,
        succeeds: None,
        category: None,
        theme: None,
        title: "Street project".to_owned(),
        purpose: None,
        amount_pence: Some(Pence(300_000)),
        vat_pence: None,
        starts_on: Some(day("2020-06-01")),
        ends_on: Some(day("2021-03-31")),
        area_ids: vec![Id::new()],
        split: Vec::new(),
        annual_amounts: Vec::new(),
        profile: Vec::new(),
        contract: None,
        post: None,
        particulars: None,
        projects_count: 1,
    }
}

fn contract(amount: i64, clauses: Option<ContractClauses>) -> AwardInput {
    AwardInput { kind: AwardKind::Contract, amount_pence: Some(Pence(amount)), contract: clauses, ..grant() }
}

fn found(terms: &AwardInput) -> Vec<(String, String)> {
    found_in(terms, &[])
}

fn found_in(terms: &AwardInput, lacking: &[&str]) -> Vec<(String, String)> {
    let words = lacking.iter().map(|word| (*word).to_owned()).collect();
    let provenance = Provenance { not_evidenced: TextList(words), ..Provenance::default() };
    let Faults(all) = faults(terms, period(), &Policy::default(), &provenance, &Linked::default());
    all.into_iter().map(|Fault { pointer, code, .. }| (pointer, code)).collect()
}

fn one(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn a_plain_grant_has_no_fault() {
    assert_eq!(found(&grant()), []);
}

#[test]
fn every_contract_carries_the_living_wage_clause() {
    let bare = contract(10_000_000, None);
    let without = contract(10_000_000, Some(ContractClauses { living_wage_clause: false, social_value: None }));
    let with = contract(10_000_000, Some(ContractClauses { living_wage_clause: true, social_value: None }));
    assert_eq!(found(&bare), one("/contract/living_wage_clause", "required"));
    assert_eq!(found(&without), one("/contract/living_wage_clause", "required"));
    assert_eq!(found(&with), []);
    assert_eq!(found_in(&bare, &["R65"]), []);
}

#[test]
fn social_value_is_asked_strictly_above_the_threshold() {
    let clauses = |weight: Option<i32>| ContractClauses {
        living_wage_clause: true,
        social_value: weight.map(|weight_percent| SocialValue { weight_percent, score_percent: None }),
    };
    assert_eq!(found(&contract(10_000_000, Some(clauses(None)))), []);
    assert_eq!(found(&contract(10_000_001, Some(clauses(None)))), one("/contract/social_value", "required"));
    assert_eq!(found(&contract(10_000_001, Some(clauses(Some(9))))), one("/contract/social_value/weight_percent", "too_small"));
    assert_eq!(found(&contract(10_000_001, Some(clauses(Some(10))))), []);
    // The threshold is net of VAT.
    let with_vat = AwardInput { vat_pence: Some(Pence(2_000_000)), ..contract(10_000_000, Some(clauses(None))) };
    assert_eq!(found(&with_vat), []);
}

#[test]
fn the_years_of_a_contract_count_together_for_its_social_value() {
    let plain = Some(ContractClauses { living_wage_clause: true, social_value: None });
    let year = |first, pence| YearAmount { financial_year: FinancialYear::beginning(first).unwrap(), amount_pence: Pence(pence) };
    let quarter = |text: &str, pence| QuarterAmount { quarter: text.parse().unwrap(), amount_pence: Pence(pence) };
    let two_years = |second| AwardInput {
        ends_on: Some(day("2022-03-31")),
        annual_amounts: vec![year(2020, 5_000_000), year(2021, second)],
        ..contract(5_000_000, plain)
    };
    assert_eq!(found(&two_years(5_000_000)), []);
    assert_eq!(found(&two_years(5_000_001)), one("/contract/social_value", "required"));
    assert_eq!(found_in(&two_years(5_000_001), &["R64"]), []);
    let by_quarter = |second| AwardInput {
        annual_amounts: Vec::new(),
        profile: vec![quarter("2020-21-Q2", 5_000_000), quarter("2021-22-Q1", second)],
        ..two_years(0)
    };
    assert_eq!(found(&by_quarter(5_000_000)), []);
    assert_eq!(found(&by_quarter(5_000_001)), one("/contract/social_value", "required"));
}

#[test]
fn a_split_adds_up_to_the_penny() {
    let line = |pence| SplitLine { budget_line_id: Id::new(), amount_pence: Some(Pence(pence)), weight: None };
    let split = |lines: Vec<SplitLine>| AwardInput { split: lines, ..grant() };
    assert_eq!(found(&split(vec![line(100_000), line(200_000)])), []);
    assert_eq!(found(&split(vec![line(100_000), line(199_999)])), one("/split", "does_not_add_up"));
    let weighed = SplitLine { budget_line_id: Id::new(), amount_pence: None, weight: Some(2) };
    assert_eq!(found(&split(vec![line(300_000), weighed])), one("/split", "mixed_split"));
    assert_eq!(found(&split(vec![weighed, SplitLine { budget_line_id: Id::new(), ..weighed }])), []);
    assert_eq!(found(&split(vec![weighed, weighed])), one("/split/1", "repeated"));
}

#[test]
fn only_confirmed_quarters_and_years_add_up_to_the_amount() {
    let quarter = |text: &str, pence| QuarterAmount { quarter: text.parse().unwrap(), amount_pence: Pence(pence) };
    let long = AwardInput { ends_on: Some(day("2022-03-31")), ..grant() };
    let profile = vec![quarter("2020-21-Q2", 100_000), quarter("2020-21-Q4", 200_000), quarter("2021-22-Q1", 500_000)];
    let good = AwardInput { profile: profile.clone(), ..long.clone() };
    assert_eq!(found(&good), []);
    let short = AwardInput { profile: profile.iter().copied().take(1).collect(), ..long.clone() };
    assert_eq!(found(&short), one("/profile", "does_not_add_up"));
    let year = |first, pence| YearAmount { financial_year: FinancialYear::beginning(first).unwrap(), amount_pence: Pence(pence) };
    let both = AwardInput { annual_amounts: vec![year(2020, 300_000), year(2021, 500_000)], ..good.clone() };
    assert_eq!(found(&both), []);
    let other = AwardInput { annual_amounts: vec![year(2020, 300_000), year(2021, 500_001)], ..good };
    assert_eq!(found(&other), one("/annual_amounts/1/amount_pence", "does_not_add_up"));
    let outside = AwardInput { annual_amounts: vec![year(2020, 300_000), year(2023, 1)], ..long };
    assert_eq!(found(&outside), one("/annual_amounts/1/financial_year", "out_of_range"));
}

#[test]
fn a_part_of_another_award_may_have_no_amount_and_never_a_split() {
    let part = AwardInput { component_of: Some(Id::new()), amount_pence: None, ..grant() };
    assert_eq!(found(&part), []);
    let line = SplitLine { budget_line_id: Id::new(), amount_pence: None, weight: Some(1) };
    assert_eq!(found(&AwardInput { split: vec![line], ..part }), one("/split", "not_allowed"));
}

#[test]
fn all_faults_come_at_once() {
    let bad = AwardInput {
        legal_power: None,
        provider_id: None,
        title: "  ".to_owned(),
        amount_pence: Some(Pence::ZERO),
        vat_pence: Some(Pence(1)),
        starts_on: Some(day("2021-04-01")),
        area_ids: Vec::new(),
        tranche_id: Some(Id::new()),
        earmark_id: Some(Id::new()),
        kind: AwardKind::FundedPost,
        ..grant()
    };
    let pointers: Vec<String> = found(&bad).into_iter().map(|(pointer, _)| pointer).collect();
    for pointer in
        ["/legal_power", "/provider_id", "/title", "/amount_pence", "/vat_pence", "/ends_on", "/area_ids", "/earmark_id", "/post"]
    {
        assert!(pointers.iter().any(|one| one == pointer), "{pointer} is missing from {pointers:?}");
    }
}

#[test]
fn history_may_lack_what_no_paper_prints() {
    let printed = AwardInput {
        legal_power: None,
        provider_id: None,
        amount_pence: None,
        starts_on: None,
        ends_on: None,
        area_ids: Vec::new(),
        kind: AwardKind::FundedPost,
        ..grant()
    };
    assert_eq!(found_in(&printed, &["legal_power", "provider", "amount", "starts_on", "ends_on", "areas", "post"]), []);
    assert_eq!(found_in(&printed, &["legal_power", "provider", "amount", "starts_on", "ends_on", "areas"]), one("/post", "required"));
}
