//! What a novation is, and whether an agreement can pass on. No database and no HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::awards::rules::AwardState;
use crate::kernel::{AwardRefused, Code, Faults, Id, Refusal, all_or_nothing, refused};

words! {
    /// Whose agreements pass on.
    pub enum NovationKind {
        /// Those of a provider that merges or hands over.
        Provider = "provider",
        /// Those of a commissioning body that ends.
        CommissioningBody = "commissioning_body",
    }
}

words! {
    /// How far a novation has come.
    pub enum NovationState {
        /// Being prepared.
        Draft = "draft",
        /// Sent to the parties, with its agreements.
        Issued = "issued",
        /// Agreed by all who have to.
        Accepted = "accepted",
        /// The agreements have passed on.
        Applied = "applied",
        /// A party said no.
        Refused = "refused",
        /// Taken back by the office.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What can be done to a novation.
    pub enum NovationAct {
        /// Send it to the parties.
        Issue = "issue",
        /// Say yes for a party.
        Accept = "accept",
        /// Say no for a party.
        Refuse = "refuse",
        /// Write to those who have not answered.
        Remind = "remind",
        /// Take it back.
        Withdraw = "withdraw",
        /// Let the agreements pass on.
        Apply = "apply",
    }
}

words! {
    /// Who of a novation says yes.
    pub enum NovationParty {
        /// Whoever was party.
        Predecessor = "predecessor",
        /// Whoever is party from the day on.
        Successor = "successor",
    }
}

words! {
    /// Why an agreement cannot pass on.
    pub enum NovationBar {
        /// It is a draft, an offer or settled.
        WrongState = "wrong_state",
        /// It is another party's.
        OtherParty = "other_party",
        /// It holds as it is from a later day.
        TooEarly = "too_early",
        /// A variation was issued to the one before and is neither applied nor taken back.
        OpenVariation = "open_variation",
        /// A payment that would go along stands in a run or waits for its answer.
        InARun = "in_a_run",
        /// The successor has used the number of an invoice that would go along.
        InvoiceTaken = "invoice_taken",
        /// Money is still to be paid, and the successor has no supplier number.
        NoSupplierNumber = "no_supplier_number",
        /// A check of the successor failed or expired.
        CheckFailed = "check_failed",
    }
}

/// A novation as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NovationInput {
    /// Whose agreements pass on.
    pub kind: NovationKind,
    /// The provider or the commissioning body that was party.
    pub from_id: Id,
    /// The provider or the commissioning body that is party from the day on.
    pub to_id: Id,
    /// The first day on which the successor is party.
    pub effective_on: NaiveDate,
    /// Why; the letters say it.
    #[schema(min_length = 1, max_length = 1000, example = "The two charities have merged.")]
    pub reason: String,
    /// Only these agreements; without any, all that are live or paused, and where the one before is there no more also those that are ended and not settled.
    #[serde(default)]
    #[schema(max_items = 5000)]
    pub award_ids: Vec<Id>,
    /// Only agreements that this fund pays.
    #[serde(default)]
    pub fund_id: Option<Id>,
    /// Whether the one before is there no more on the day. Then the successor alone accepts, and all returns that were not accepted and all payments that
    /// were not paid go to it, whenever they are due. Somebody else than whoever drafted it has to issue it. A commissioning body has always ended.
    #[serde(default)]
    pub from_ceased: bool,
    /// Whether agreements that cannot pass on are left out. Otherwise one of them keeps all from passing on.
    #[serde(default)]
    pub skip_refused: bool,
}

/// A party's yes to a novation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NovationAcceptance {
    /// For whom the office accepts by a paper. A provider that accepts by itself leaves it out.
    #[serde(default)]
    pub party: Option<NovationParty>,
    /// Where the office accepts: the signed paper, a file that is attached to the novation.
    #[serde(default)]
    pub signed_document_id: Option<Id>,
    /// Who signed that paper, with their position.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "The chair of the trustees")]
    pub signed_by: Option<String>,
}

/// Why a novation is refused or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NovationReason {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// The state after an act; of an acceptance, where the other party has accepted too.
///
/// # Errors
/// [`Code::WrongState`] where the state does not allow it.
pub fn next(state: NovationState, act: NovationAct) -> Result<NovationState, Refusal> {
    use NovationState::{Accepted, Applied, Draft, Issued, Refused, Withdrawn};
    match (act, state) {
        (NovationAct::Issue, Draft) | (NovationAct::Remind, Issued) => Ok(Issued),
        (NovationAct::Accept, Issued) => Ok(Accepted),
        (NovationAct::Refuse, Issued) => Ok(Refused),
        (NovationAct::Withdraw, Draft | Issued | Accepted) => Ok(Withdrawn),
        (NovationAct::Apply, Accepted) => Ok(Applied),
        (act, state) => {
            let done = match act {
                NovationAct::Issue => "issued",
                NovationAct::Accept => "accepted",
                NovationAct::Refuse => "refused",
                NovationAct::Remind => "reminded of",
                NovationAct::Withdraw => "withdrawn",
                NovationAct::Apply => "applied",
            };
            Err(Refusal::wrong_state("novation", state, done))
        }
    }
}

/// What is wrong with a novation by itself.
#[must_use]
pub fn faults(input: &NovationInput) -> Faults {
    let mut faults = Faults::new();
    faults.require(input.from_id != input.to_id, "/to_id", "circular", "Nobody succeeds itself. Name another party.");
    faults.require(!input.reason.trim().is_empty(), "/reason", "blank", "This cannot be blank.");
    for (at, id) in input.award_ids.iter().enumerate() {
        let is_repeated = input.award_ids.iter().take(at).any(|other| other == id);
        if is_repeated {
            faults.add(format!("/award_ids/{at}"), "repeated", "This award stands here twice.");
        }
    }
    faults
}

/// States in which agreements are chosen where none are listed.
#[must_use]
pub const fn chosen_states(from_ceased: bool) -> &'static [AwardState] {
    const UNDER_WAY: [AwardState; 2] = [AwardState::Live, AwardState::Paused];
    const UNSETTLED: [AwardState; 4] = [AwardState::Live, AwardState::Paused, AwardState::Ended, AwardState::Terminated];
    if from_ceased { &UNSETTLED } else { &UNDER_WAY }
}

/// What must be known of an agreement to say whether it can pass on.
#[derive(Debug, Clone)]
pub struct AwardFacts {
    /// Where it stands.
    pub state: AwardState,
    /// Whether whoever passes it on is party to it.
    pub is_theirs: bool,
    /// From when it holds as it is.
    pub agreed_from: Option<NaiveDate>,
    /// References of the variations that the one before was issued, and that are neither applied nor over.
    pub open_variations: Vec<String>,
    /// Whether payments go along.
    pub pays_on: bool,
    /// Payments that stand in the way, in words.
    pub stuck: Vec<String>,
    /// Invoices that would be there twice, in words.
    pub taken: Vec<String>,
}

/// What of the successor keeps every agreement from passing on.
#[derive(Debug, Clone, Default)]
pub struct SuccessorFacts {
    /// Whether the finance system knows it.
    pub has_supplier_number: bool,
    /// Why it may be given no money, in words.
    pub check_failed: Option<String>,
}

/// Why something cannot pass on.
pub type Bar = (NovationBar, String);

/// Why an agreement cannot pass on from `day`; nothing where it can.
#[must_use]
pub fn bars(award: &AwardFacts, successor: &SuccessorFacts, day: NaiveDate) -> Vec<Bar> {
    let mut found: Vec<Bar> = Vec::new();
    if !chosen_states(true).contains(&award.state) {
        found.push((NovationBar::WrongState, format!("This award is {}, so it does not pass on.", award.state)));
    }
    if !award.is_theirs {
        found.push((
            NovationBar::OtherParty,
            "Somebody else is party to this award by now, so it does not pass on with the others.".to_owned(),
        ));
    }
    if let Some(agreed) = award.agreed_from.filter(|agreed| day < *agreed) {
        found.push((
            NovationBar::TooEarly,
            format!("The agreement holds as it is from {agreed}; it passes on from that day on, or from a later one."),
        ));
    }
    if !award.open_variations.is_empty() {
        let why = format!(
            "What was issued to the one before is not agreed with the successor: {}. Apply or withdraw that first.",
            award.open_variations.join(", ")
        );
        found.push((NovationBar::OpenVariation, why));
    }
    found.extend(award.stuck.iter().map(|why| (NovationBar::InARun, why.clone())));
    found.extend(award.taken.iter().map(|why| (NovationBar::InvoiceTaken, why.clone())));
    if award.pays_on && !successor.has_supplier_number {
        let why = "The successor has no supplier number, by which the finance system pays. Enter it with the provider first.";
        found.push((NovationBar::NoSupplierNumber, why.to_owned()));
    }
    found.extend(successor.check_failed.iter().map(|why| (NovationBar::CheckFailed, why.clone())));
    found
}

/// Refuses where some agreements cannot pass on and they are not to be left out, or where none is left.
///
/// # Errors
/// [`Code::AwardsRefused`] with every agreement that cannot, and why; [`Code::RuleBroken`] where there is none at all.
pub fn check_refused(chosen: usize, refused: &[AwardRefused], skip_refused: bool) -> Result<(), Refusal> {
    if chosen == 0 {
        return Err(Refusal::rule(Code::RuleBroken, "Nobody who passes agreements on has one that could: none is live or paused."));
    }
    if refused.is_empty() || (skip_refused && refused.len() < chosen) {
        return Ok(());
    }
    let remedy = refused::remedy(refused.len(), chosen, "Without them none is left to pass on. Mend some of them first.");
    Err(all_or_nothing(refused, chosen, "passed on", remedy))
}

/// Whether a novation may be applied on `today`.
///
/// # Errors
/// [`Code::RuleBroken`] before its day.
pub fn check_day(effective_on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if effective_on <= today {
        return Ok(());
    }
    let detail = format!("This novation takes effect on {effective_on}; it can be applied from that day on.");
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "effective_on": effective_on })))
}

/// Whoever drafted a novation with which money goes along, or which says that the one before is there no more, does not issue it.
///
/// # Errors
/// [`Code::SamePerson`].
pub fn check_second_person(drafted_by: Option<Id>, actor: Option<Id>, is_grave: bool) -> Result<(), Refusal> {
    if !is_grave || actor.is_none() || drafted_by != actor {
        return Ok(());
    }
    let detail = "You drafted this novation, and money that is still to be paid goes along with it, or the one before is there no more. \
        Somebody else has to issue it.";
    Err(Refusal::rule(Code::SamePerson, detail))
}

/// For which party an acceptance is, and what is wrong with how it says so. `own` is the party of a provider that accepts by itself. Where the one before
/// is there no more (`from_ceased`), as a body that passes its agreements on always is, the successor alone accepts.
///
/// # Errors
/// Every fault.
pub fn accepting(input: &NovationAcceptance, own: Option<NovationParty>, from_ceased: bool) -> Result<NovationParty, Refusal> {
    let mut faults = Faults::new();
    if let Some(party) = own {
        let message = "A provider that accepts by itself needs no paper. Leave this out.";
        faults.require(input.party.is_none(), "/party", "not_allowed", "A provider accepts for itself. Leave this out.");
        faults.require(input.signed_document_id.is_none(), "/signed_document_id", "not_allowed", message);
        faults.require(input.signed_by.is_none(), "/signed_by", "not_allowed", message);
        faults.into_result()?;
        return Ok(party);
    }
    let message = "The office accepts for a party only by a paper that it signed. Attach that to the novation, and give its id here.";
    faults.require(input.signed_document_id.is_some(), "/signed_document_id", "required", message);
    let signed = input.signed_by.as_deref().map(str::trim);
    faults.require(signed.is_some(), "/signed_by", "required", "Say who signed the paper: name and position.");
    faults.require(signed.is_none_or(|name| !name.is_empty()), "/signed_by", "blank", "Say who signed the paper: name and position.");
    let party = input.party.or_else(|| from_ceased.then_some(NovationParty::Successor));
    faults.require(party.is_some(), "/party", "required", "Say for whom the office accepts: `predecessor` or `successor`.");
    let is_there = !(from_ceased && party == Some(NovationParty::Predecessor));
    faults.require(is_there, "/party", "not_allowed", "The one before is there no more, so the successor alone accepts.");
    faults.into_result()?;
    Ok(party.unwrap_or(NovationParty::Successor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_agreement_passes_on_only_with_nothing_in_its_way() {
        let fine = AwardFacts {
            state: AwardState::Live,
            is_theirs: true,
            agreed_from: Some(day("2020-08-01")),
            open_variations: Vec::new(),
            pays_on: true,
            stuck: Vec::new(),
            taken: Vec::new(),
        };
        let able = SuccessorFacts { has_supplier_number: true, check_failed: None };
        let codes = |award: &AwardFacts, successor: &SuccessorFacts, on: &str| -> Vec<NovationBar> {
            bars(award, successor, day(on)).into_iter().map(|(code, _)| code).collect()
        };
        assert_eq!(codes(&fine, &able, "2021-01-01"), []);
        assert_eq!(codes(&fine, &able, "2020-07-31"), [NovationBar::TooEarly]);
        let other = AwardFacts { state: AwardState::Closed, is_theirs: false, stuck: vec!["P1".to_owned()], ..fine.clone() };
        assert_eq!(codes(&other, &able, "2021-01-01"), [NovationBar::WrongState, NovationBar::OtherParty, NovationBar::InARun]);
        let unable = SuccessorFacts { has_supplier_number: false, check_failed: Some("expired".to_owned()) };
        assert_eq!(codes(&fine, &unable, "2021-01-01"), [NovationBar::NoSupplierNumber, NovationBar::CheckFailed]);
        let varied = AwardFacts { open_variations: vec!["A-V1".to_owned(), "A-V2".to_owned()], ..fine.clone() };
        let (code, why) = bars(&varied, &able, day("2021-01-01")).remove(0);
        assert_eq!(code, NovationBar::OpenVariation);
        assert!(why.contains("A-V1, A-V2"), "{why}");
        let unpaid = AwardFacts { pays_on: false, ..fine };
        assert_eq!(codes(&unpaid, &SuccessorFacts::default(), "2021-01-01"), []);
    }

    #[test]
    fn one_that_cannot_keeps_all_unless_it_is_left_out() {
        let bad = |award_id| AwardRefused { award_id, award: "A".into(), reasons: Vec::new() };
        let (one, other) = (Id::new(), Id::new());
        assert!(check_refused(2, &[], false).is_ok());
        assert!(check_refused(2, &[bad(one)], false).is_err());
        assert!(check_refused(2, &[bad(one)], true).is_ok());
        assert!(check_refused(2, &[bad(one), bad(other)], true).is_err(), "nothing is left");
        let advice = |all: &[AwardRefused]| {
            let Err(Refusal::Rule { detail, .. }) = check_refused(2, all, false) else { panic!("not a rule") };
            detail.contains("skip_refused")
        };
        assert!(advice(&[bad(one)]) && !advice(&[bad(one), bad(other)]), "nothing is left");
        assert!(check_refused(0, &[], true).is_err());
    }

    #[test]
    fn the_states_follow_one_another() {
        assert_eq!(next(NovationState::Draft, NovationAct::Issue), Ok(NovationState::Issued));
        assert!(next(NovationState::Issued, NovationAct::Apply).is_err());
        assert!(next(NovationState::Applied, NovationAct::Apply).is_err());
        assert!(next(NovationState::Applied, NovationAct::Withdraw).is_err());
        assert_eq!(next(NovationState::Issued, NovationAct::Remind), Ok(NovationState::Issued), "a reminder changes nothing");
        assert!(next(NovationState::Accepted, NovationAct::Remind).is_err());
    }
}
