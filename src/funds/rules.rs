//! What a fund is, and the checks that all records of this capability share.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Provenance};

words! {
    /// What kind of fund it is.
    pub enum FundKind {
        /// A budget of the commissioner.
        PccBudget = "pcc_budget",
        /// A grant fund of the commissioner.
        PccGrantFund = "pcc_grant_fund",
        /// One grant of the commissioner.
        PccGrant = "pcc_grant",
        /// An investment of the commissioner.
        PccInvestment = "pcc_investment",
        /// The commissioner's contribution to somebody else's service (R09).
        PccContribution = "pcc_contribution",
        /// The budget of a programme of the commissioner.
        PccProgrammeBudget = "pcc_programme_budget",
        /// A programme paid for together with others (R04).
        CoFundedProgramme = "co_funded_programme",
        /// A fund that somebody else gives.
        ExternalFund = "external_fund",
        /// Money seized from criminals (R12).
        RecoveredAssetsFund = "recovered_assets_fund",
        /// Reserves (R11).
        Reserves = "reserves",
        /// Money that the body asks for.
        Bid = "bid",
        /// A framework that providers are taken from.
        ProcurementFramework = "procurement_framework",
        /// Stands for a fund that is not named.
        NotPrinted = "not_printed",
    }
}

words! {
    /// What hangs in a fund.
    pub enum FundScope {
        /// Budgets and awards.
        Fund = "fund",
        /// Money that is only asked for.
        Bid = "bid",
        /// Providers and no money.
        Framework = "framework",
        /// Reserves, drawn on by other funds.
        Reserve = "reserve",
    }
}

words! {
    /// What becomes of money that is left at the end.
    pub enum UnspentRule {
        /// It goes back to whoever gave it.
        ReturnToFunder = "return_to_funder",
        /// It goes into the next fund period.
        CarryForward = "carry_forward",
        /// It is allocated again within the same fund period.
        Recycle = "recycle",
    }
}

words! {
    /// Which returns an award owes.
    pub enum MonitoringKind {
        /// One for each quarter.
        Quarterly = "quarterly",
        /// One for each half of a financial year.
        HalfYearly = "half_yearly",
        /// One at its end.
        EndOfGrant = "end_of_grant",
        /// None.
        None = "none",
    }
}

words! {
    /// How an award is evaluated (R67).
    pub enum EvaluationKind {
        /// A full evaluation.
        Full = "full",
        /// A light one.
        Light = "light",
    }
}

/// A named pot with a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundInput {
    /// Two to five capitals or digits, the first part of references; unique; stays as it is.
    #[schema(pattern = "^[A-Z0-9]{2,5}$", min_length = 2, max_length = 5, example = "CIF")]
    pub code: String,
    /// The name.
    #[schema(min_length = 1, max_length = 300, example = "Community Initiative Fund")]
    pub name: String,
    /// Other names, found by search (R01).
    #[serde(default)]
    #[schema(max_items = 50)]
    pub aliases: Vec<String>,
    /// What kind of fund it is.
    pub kind: FundKind,
    /// What hangs in it.
    pub scope: FundScope,
    /// What it is for.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub purpose: Option<String>,
    /// Who commissions from it.
    pub commissioning_body_id: Id,
    /// The funding sources that feed it, with or without an amount (R03). Only a framework may be without any.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub source_ids: Vec<Id>,
    /// The funds that it grew out of (R62).
    #[serde(default)]
    #[schema(max_items = 20)]
    pub succeeds_ids: Vec<Id>,
    /// What becomes of unspent money, where a budget line does not say otherwise.
    #[serde(default)]
    pub unspent_rule: Option<UnspentRule>,
    /// Which returns its awards owe, where an award does not say otherwise.
    #[serde(default)]
    pub default_monitoring: Option<MonitoringKind>,
    /// How its awards are evaluated, where an award does not say otherwise (R67).
    #[serde(default)]
    pub default_evaluation: Option<EvaluationKind>,
    /// The day by which the fund is to be reviewed (R36).
    #[serde(default)]
    pub review_due: Option<NaiveDate>,
    /// The day on which it was reviewed.
    #[serde(default)]
    pub reviewed_on: Option<NaiveDate>,
    /// What came of the review.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub review_outcome: Option<String>,
    /// Who was consulted for the review, and on what (R85).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub review_consultation: Option<String>,
    /// What the body pledges to whoever receives a grant from this fund; shown on every agreement (R53).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub pledge_text: Option<String>,
    /// The first day of the pledge; open where there is none.
    #[serde(default)]
    pub pledge_from: Option<NaiveDate>,
    /// The last day of the pledge; open where there is none.
    #[serde(default)]
    pub pledge_to: Option<NaiveDate>,
}

/// What a body pledges to whoever receives a grant from a fund, and from which day to which (R53).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pledge {
    /// Its words; none where nothing is pledged.
    pub text: Option<String>,
    /// Its first day; open where there is none.
    pub from: Option<NaiveDate>,
    /// Its last day; open where there is none.
    pub to: Option<NaiveDate>,
}

impl Pledge {
    /// The pledge in force on `day` (R53).
    #[must_use]
    pub fn on(self, day: NaiveDate) -> Option<String> {
        let begun = self.from.is_none_or(|from| from <= day);
        let ended = self.to.is_some_and(|to| to < day);
        self.text.filter(|_| begun && !ended)
    }
}

/// What is wrong with a fund, judged by itself.
#[must_use]
pub fn faults(fund: &FundInput, provenance: &Provenance) -> Faults {
    let mut faults = Faults::new();
    faults.require(is_fund_code(&fund.code), "/code", "wrong_format", "A fund's code has 2 to 5 capitals or digits.");
    check_names(&mut faults, &fund.name, &fund.aliases);
    let texts = [
        ("/purpose", &fund.purpose),
        ("/review_outcome", &fund.review_outcome),
        ("/review_consultation", &fund.review_consultation),
        ("/pledge_text", &fund.pledge_text),
    ];
    for (pointer, text) in texts {
        check_text(&mut faults, pointer, text.as_deref());
    }
    check_once(&mut faults, "/source_ids", &fund.source_ids);
    check_once(&mut faults, "/succeeds_ids", &fund.succeeds_ids);
    let has_source = !fund.source_ids.is_empty() || fund.scope == FundScope::Framework || provenance.lacks("sources");
    faults.require(has_source, "/source_ids", "required", "A fund says which funding sources feed it (R03).");
    let whole = fund.reviewed_on.is_some() == fund.review_outcome.is_some();
    let (pointer, message) = if fund.reviewed_on.is_some() {
        ("/review_outcome", "A review that was held has an outcome (R36).")
    } else {
        ("/reviewed_on", "A review with an outcome was held on a day (R36).")
    };
    faults.require(whole, pointer, "required", message);
    check_dates(&mut faults, "/pledge_to", fund.pledge_from, fund.pledge_to);
    let has_pledge = fund.pledge_text.is_some() || (fund.pledge_from.is_none() && fund.pledge_to.is_none());
    faults.require(has_pledge, "/pledge_text", "required", "A pledge with dates has a text (R53).");
    faults
}

fn is_fund_code(code: &str) -> bool {
    (2..=5).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_code(code: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    code.len() <= 80 && code.split('-').all(is_word)
}

/// A code of lower-case letters, digits and single hyphens.
pub(super) fn check_code(faults: &mut Faults, code: &str) {
    faults.require(is_code(code), "/code", "wrong_format", "A code has lower-case letters, digits and single hyphens, at most 80.");
}

/// A name and other names: none blank, none twice.
pub(super) fn check_names(faults: &mut Faults, name: &str, aliases: &[String]) {
    faults.require(!name.trim().is_empty(), "/name", "blank", "A name is not blank.");
    faults.require(name.chars().count() <= 300, "/name", "too_long", "A name has at most 300 characters.");
    let mut seen = HashSet::new();
    for (at, alias) in aliases.iter().enumerate() {
        let pointer = format!("/aliases/{at}");
        faults.require(!alias.trim().is_empty(), &pointer, "blank", "Another name is not blank.");
        faults.require(alias.chars().count() <= 300, &pointer, "too_long", "Another name has at most 300 characters.");
        faults.require(seen.insert(alias.to_lowercase()), &pointer, "repeated", "This other name stands here twice.");
    }
}

/// A text is left out rather than blank.
pub(super) fn check_text(faults: &mut Faults, pointer: &str, text: Option<&str>) {
    let is_blank = text.is_some_and(|text| text.trim().is_empty());
    faults.require(!is_blank, pointer, "blank", "A text is left out rather than blank.");
}

/// A span of days, either end of which may be open.
pub(super) fn check_dates(faults: &mut Faults, pointer: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) {
    let is_forward = from.zip(to).is_none_or(|(from, to)| from <= to);
    faults.require(is_forward, pointer, "reversed_dates", "The last day is before the first.");
}

/// A version holds from no earlier day than the one that it changes, which holds from `before`.
pub(super) fn check_order(faults: &mut Faults, before: Option<NaiveDate>, effective_on: NaiveDate) {
    if let Some(before) = before.filter(|before| effective_on < *before) {
        let message = format!("What this changes holds from {before}, so this cannot hold from an earlier day.");
        faults.add("/effective_on", "too_early", message);
    }
}

/// No record twice in one list.
pub(super) fn check_once(faults: &mut Faults, pointer: &str, ids: &[Id]) {
    let mut seen = HashSet::new();
    for (at, id) in ids.iter().enumerate() {
        faults.require(seen.insert(*id), &format!("{pointer}/{at}"), "repeated", "This record stands here twice.");
    }
}

/// What was given when the record was made and stays as it is.
pub(super) fn check_fixed(faults: &mut Faults, pointer: &str, before: Option<&str>, now: &str) {
    let is_same = before.is_none_or(|before| before == now);
    faults.require(is_same, pointer, "fixed", "This stays as it is: references are built from it.");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fund(pledge: serde_json::Value) -> FundInput {
        let mut fund = serde_json::json!({ "code": "CIF", "name": "Community Initiative Fund", "kind": "pcc_grant_fund", "scope": "fund",
            "commissioning_body_id": Id::new(), "source_ids": [Id::new()] });
        fund.as_object_mut().unwrap().extend(pledge.as_object().unwrap().clone());
        serde_json::from_value(fund).unwrap()
    }

    #[test]
    fn a_pledge_holds_from_its_first_day_to_its_last() {
        let day = |day: &str| day.parse().unwrap();
        let pledged = Pledge { text: Some("We pay on time.".to_owned()), from: Some(day("2020-05-19")), to: Some(day("2021-03-31")) };
        let on = |one: &str| pledged.clone().on(day(one)).is_some();
        assert_eq!([on("2020-05-18"), on("2020-05-19"), on("2021-03-31"), on("2021-04-01")], [false, true, true, false]);
    }

    #[test]
    fn a_pledge_without_dates_holds_always() {
        let day: NaiveDate = "1999-01-01".parse().unwrap();
        let pledged = |text: Option<&str>| Pledge { text: text.map(str::to_owned), from: None, to: None }.on(day);
        assert_eq!((pledged(Some("We pay on time.")).as_deref(), pledged(None)), (Some("We pay on time."), None));
    }

    #[test]
    fn a_missing_source_is_a_fault_unless_no_paper_prints_it() {
        let mut bare = fund(serde_json::json!({}));
        bare.source_ids.clear();
        let mut from = Provenance::default();
        assert_eq!(faults(&bare, &from).0.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["/source_ids"]);
        from.not_evidenced.push("sources".to_owned());
        assert!(faults(&bare, &from).0.is_empty());
        bare.scope = FundScope::Framework;
        assert!(faults(&bare, &Provenance::default()).0.is_empty());
    }

    #[test]
    fn codes_are_written_in_one_way() {
        assert!(is_code("west-midlands-pcc") && is_code("g76"));
        for wrong in ["", "-a", "a-", "a--b", "A", "a_b", "a b", &"a".repeat(81)] {
            assert!(!is_code(wrong), "{wrong}");
        }
        assert!(is_fund_code("CIF") && is_fund_code("G76"));
        for wrong in ["C", "CIFCIF", "cif", "C-F", ""] {
            assert!(!is_fund_code(wrong), "{wrong}");
        }
    }
}
