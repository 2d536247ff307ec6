//! What a campaign is: one change to many awards, and what may be done with it when.

mod change;
mod choice;
mod follow;
mod purse;
mod reach;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Fault, Faults, Id, Pence, Refusal, refused};
use crate::variations::rules::VariationInput;

pub use crate::kernel::{AwardRefused as CampaignRefused, RefusalReason as CampaignReason, all_or_nothing};
pub use change::{CampaignFormula, RowChange, faults_of_change, input_for, months_later, scaled};
pub use choice::{CampaignChoice, CampaignFilter, ChosenBy, ROWS_MAX, Row, Wanted, faults_of_found, rows_of_csv, rows_of_list, wanted};
pub use follow::{CampaignCounts, CampaignOutcome, Told, counts, outcome, sentence};
pub use purse::{Draw, Purse};
pub use reach::{CampaignReach, CampaignWarning, CampaignWarningCode, Reached, reach, warnings};

words! {
    /// What a campaign does to its awards.
    pub enum CampaignKind {
        /// It varies each of them.
        Change = "change",
    }
}

words! {
    /// How far a campaign has come. What became of each award is told beside it.
    pub enum CampaignState {
        /// Chosen and written; no provider knows of it.
        Draft = "draft",
        /// Each award has its variation.
        Issued = "issued",
        /// Taken back, with all that was not answered.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What can be done to a campaign.
    pub enum CampaignAct {
        /// See what it would do; it changes nothing.
        Preview = "preview",
        /// Send each award its variation.
        Issue = "issue",
        /// Write to those who have not answered.
        Remind = "remind",
        /// Take what another change has overtaken onto its award as that stands now.
        Rebase = "rebase",
        /// Bring into force what is accepted, or needs no acceptance.
        Apply = "apply",
        /// Take back what is not answered.
        Withdraw = "withdraw",
    }
}

/// One change to many awards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignInput {
    /// What it is called; its variations have this as their group.
    #[schema(min_length = 1, max_length = 200, example = "Reassurance of spring 2020")]
    pub name: String,
    /// What it does to its awards.
    #[serde(default = "usual_kind")]
    #[schema(required = false)]
    pub kind: CampaignKind,
    /// Which awards.
    pub choice: CampaignChoice,
    /// The change, as a single variation has it, the same for all of them. Its `group` is left out: that is the campaign's name.
    pub change: VariationInput,
    /// What is worked out for each award.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<CampaignFormula>,
}

const fn usual_kind() -> CampaignKind {
    CampaignKind::Change
}

/// How a campaign is issued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignIssue {
    /// The last day to answer; without one the variations stay open. Only where they need an acceptance.
    #[serde(default)]
    pub answer_due_on: Option<NaiveDate>,
    /// Whether awards that cannot be varied are left out. Otherwise one of them keeps all from being issued.
    #[serde(default)]
    pub skip_refused: bool,
}

/// How the variations of a campaign that another change has overtaken are rebased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignRebase {
    /// The last day to answer them from now on; left out: as it was for each, where that day is still to come. Only where they need an acceptance.
    #[serde(default)]
    pub answer_due_on: Option<NaiveDate>,
    /// Whether variations that do not fit their awards any more are left as they are. Otherwise one of them keeps all from being rebased.
    #[serde(default)]
    pub skip_refused: bool,
}

/// How a campaign is applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignApplication {
    /// Whether variations that cannot be applied are left as they are. Otherwise one of them keeps all from being applied.
    #[serde(default)]
    pub skip_refused: bool,
}

/// The reasons that a refusal gives; nothing where it is the database that failed, which is no matter of the award.
///
/// # Errors
/// That failure.
pub fn reasons(refusal: Refusal) -> Result<Vec<CampaignReason>, Refusal> {
    let of_fault = |fault: Fault| CampaignReason { code: fault.code, pointer: fault.pointer, message: fault.message };
    match refusal {
        Refusal::Invalid(faults) | Refusal::Misshapen(faults) => Ok(faults.into_iter().map(of_fault).collect()),
        Refusal::Rule { code, detail, .. } => Ok(vec![CampaignReason { code: code.to_string(), pointer: String::new(), message: detail }]),
        Refusal::NotFound(what) => {
            let message = format!("There is no such {what} any more.");
            Ok(vec![CampaignReason { code: "unknown_record".to_owned(), pointer: String::new(), message }])
        }
        other => Err(other),
    }
}

/// What to do where some of so many awards cannot be varied and nothing is issued for that.
#[must_use]
pub const fn remedy(refused_count: usize, all: usize, skip_refused: bool) -> &'static str {
    let none_left = if skip_refused {
        "Without them nothing is left to issue. Mend some of them, or draft a campaign of other awards."
    } else {
        "Mend them, or draft a campaign of other awards."
    };
    refused::remedy(refused_count, all, none_left)
}

/// Whether `act` is open, as far as the state and the counts tell. `is_its_day` where the day has come on which some of it may be applied.
#[must_use]
pub const fn is_open(act: CampaignAct, state: CampaignState, counts: &CampaignCounts, is_its_day: bool) -> bool {
    match (act, state) {
        (CampaignAct::Preview | CampaignAct::Issue | CampaignAct::Withdraw, CampaignState::Draft) => true,
        (CampaignAct::Remind, CampaignState::Issued | CampaignState::Withdrawn) => counts.waiting > 0,
        (CampaignAct::Rebase, CampaignState::Issued | CampaignState::Withdrawn) => counts.waiting + counts.accepted + counts.ready > 0,
        (CampaignAct::Withdraw, CampaignState::Issued | CampaignState::Withdrawn) => counts.waiting + counts.award_ended + counts.ready > 0,
        (CampaignAct::Apply, CampaignState::Issued | CampaignState::Withdrawn) => is_its_day && counts.accepted + counts.ready > 0,
        _ => false,
    }
}

/// Whether the variation of an award of which this became may be rebased, where another change has overtaken it.
#[must_use]
pub const fn may_be_rebased(outcome: CampaignOutcome) -> bool {
    matches!(outcome, CampaignOutcome::Waiting | CampaignOutcome::Ready | CampaignOutcome::Accepted)
}

/// Refuses an act that the state does not allow. What was accepted stays when a campaign is taken back, and waits for an answer again once it is rebased: so
/// those are reminded and taken back too, where [`check_waits`] finds some.
///
/// # Errors
/// [`Code::WrongState`].
pub fn check_state(act: CampaignAct, state: CampaignState, issued_on: Option<NaiveDate>) -> Result<(), Refusal> {
    use CampaignState::{Draft, Issued, Withdrawn};
    let has_left = state == Withdrawn && issued_on.is_some();
    let is_open = match act {
        CampaignAct::Preview | CampaignAct::Issue => state == Draft,
        CampaignAct::Remind | CampaignAct::Rebase | CampaignAct::Apply => state == Issued || has_left,
        CampaignAct::Withdraw => state != Withdrawn || has_left,
    };
    if is_open { Ok(()) } else { Err(wrong_state(act, state)) }
}

/// Refuses an act on those that wait for an answer of a campaign that was taken back, where none does.
///
/// # Errors
/// [`Code::WrongState`].
pub fn check_waits(act: CampaignAct, state: CampaignState, waiting: usize) -> Result<(), Refusal> {
    if state == CampaignState::Withdrawn && waiting == 0 { Err(wrong_state(act, state)) } else { Ok(()) }
}

fn wrong_state(act: CampaignAct, state: CampaignState) -> Refusal {
    let done = match act {
        CampaignAct::Preview => "previewed",
        CampaignAct::Issue => "issued",
        CampaignAct::Remind => "reminded of",
        CampaignAct::Rebase => "rebased",
        CampaignAct::Apply => "applied",
        CampaignAct::Withdraw => "withdrawn",
    };
    Refusal::wrong_state("campaign", state, done)
}

/// A campaign that changes values is issued and applied by an approver who did not draft it.
///
/// # Errors
/// [`Refusal::Forbidden`] with the permission `needed`; [`Code::SamePerson`].
pub fn check_decider(
    moves_money: bool,
    drafted_by: Option<Id>,
    actor: Option<Id>,
    (may_approve, needed): (bool, &'static str),
) -> Result<(), Refusal> {
    if !moves_money {
        return Ok(());
    }
    if !may_approve {
        return Err(Refusal::Forbidden(needed));
    }
    if actor.is_some() && drafted_by == actor {
        let detail = "You drafted this campaign and it changes what awards are worth, so another approver must decide on it.";
        return Err(Refusal::rule(Code::SamePerson, detail));
    }
    Ok(())
}

/// Every fault of a campaign but those of its choice.
#[must_use]
pub fn faults(input: &CampaignInput, rows: &[Row]) -> Faults {
    let mut faults = Faults::new();
    faults.require(!input.name.trim().is_empty(), "/name", "blank", "This cannot be blank.");
    faults_of_change(&mut faults, &input.change, input.formula.as_ref(), rows);
    faults
}

/// Whether any award's value changes.
#[must_use]
pub fn moves_money(input: &CampaignInput, rows: &[Row]) -> bool {
    let by_formula = input.formula.as_ref().is_some_and(|formula| formula.change_basis_points.is_some());
    input.change.changes_value() || by_formula || rows.iter().any(|row| row.change.change_pence.is_some())
}

/// What the awards of a campaign that can be issued come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many awards.
    pub awards: i64,
    /// What stands before.
    pub before: Pence,
    /// What is added.
    pub change: Pence,
    /// How many of them have an amount that nobody knows, so that they are in neither.
    pub unknown: i64,
}

impl Sum {
    /// What stands after.
    #[must_use]
    pub fn after(&self) -> Pence {
        self.before + self.change
    }

    /// One award more.
    pub fn add(&mut self, before: Option<Pence>, change: Pence) {
        self.awards += 1;
        self.unknown += i64::from(before.is_none());
        self.before = self.before + before.unwrap_or_default();
        self.change = self.change + change;
    }
}

#[cfg(test)]
mod tests;
