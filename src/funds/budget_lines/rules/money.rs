//! What a changed budget does to money, and whether more may be promised from it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::funds::budget_lines::rules::{AtRiskTerms, BudgetState, BudgetTerms};
use crate::kernel::{Code, Faults, Id, Pence, PositivePence, Refusal};

/// How much money a line holds out to its fund period: once confirmed what of it can be commissioned, before that what is approved at risk.
#[must_use]
pub fn held_out(terms: &BudgetTerms, at_risk: Option<&AtRiskTerms>) -> Pence {
    if terms.state.is_confirmed() {
        return terms.available();
    }
    if terms.state.is_unconfirmed() { at_risk.map_or(Pence::ZERO, |approval| approval.amount_pence) } else { Pence::ZERO }
}

/// How much money a line held out on a day: by the latest of its versions that had taken effect, and by the approval that was open.
#[must_use]
pub fn held_out_on(versions: &[BudgetTerms], approvals: &[(AtRiskTerms, Option<NaiveDate>)], day: NaiveDate) -> Pence {
    let is_open =
        |(terms, ended_on): &&(AtRiskTerms, Option<NaiveDate>)| terms.approved_on <= day && ended_on.is_none_or(|ended| day < ended);
    let at_risk = approvals.iter().rev().find(is_open).map(|(terms, _)| terms);
    versions.iter().rev().find(|terms| terms.effective_on <= day).map_or(Pence::ZERO, |terms| held_out(terms, at_risk))
}

/// What a change of a budget does to money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// From the source into the fund period.
    pub give: Pence,
    /// Back to the source from each free account, in the order given.
    pub take: Vec<Pence>,
}

/// What follows where a line holds out `change` more than before, or less where it is below nothing; `beyond` is what its source has given beyond what it
/// holds out then. More covers the shortfall first. Less comes out of the free accounts, one after the other; what they don't hold is promised already and
/// becomes shortfall. What was returned to the source before, as unspent, is not taken once more.
#[must_use]
pub fn plan(change: Pence, shortfall: Pence, beyond: Pence, free: &[Pence]) -> Plan {
    if change >= Pence::ZERO {
        return Plan { give: change - change.min(shortfall), take: vec![Pence::ZERO; free.len()] };
    }
    cover(beyond.min(-change), free)
}

/// What covers a shortfall where money has come back: the free accounts, one after the other.
#[must_use]
pub fn cover(shortfall: Pence, free: &[Pence]) -> Plan {
    Plan { give: Pence::ZERO, take: take_in_order(shortfall, free) }
}

fn take_in_order(wanted: Pence, free: &[Pence]) -> Vec<Pence> {
    let mut left = wanted.max(Pence::ZERO);
    let part = |held: &Pence| {
        let part = left.min((*held).max(Pence::ZERO));
        left = left - part;
        part
    };
    free.iter().map(part).collect()
}

/// A place that may hold money of a line which is promised to nobody, in the order in which a cut empties them: what is set aside
/// for no purpose first, what the public was told of last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Not set aside.
    FundPeriod,
    /// Set aside for a tranche that is only planned.
    PlannedTranche,
    /// Set aside for a purpose.
    Earmark,
    /// Left in a tranche that has been opened.
    OpenedTranche,
}

/// Money that is promised to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    /// What kind of place it is in.
    pub place: Place,
    /// The fund period, tranche or earmark.
    pub record_id: Id,
    /// How much.
    pub balance: Pence,
}

/// Sorts places into the order in which a cut empties them; of several tranches or earmarks the latest first.
pub fn sort_for_a_cut(free: &mut [Free]) {
    free.sort_by_key(|one| (one.place, std::cmp::Reverse(one.record_id)));
}

/// A part of an amount that comes out of one budget line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetLinePart {
    /// The budget line.
    pub budget_line_id: Id,
    /// How much of it, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
}

/// Which line gives how much of `amount`: as `wanted`, or in proportion to what each has free, to the penny.
///
/// # Errors
/// Every fault of the parts that are wanted; [`Code::InsufficientBalance`] where there is less than that.
pub fn parts_of(
    amount: Pence,
    wanted: Option<&[BudgetLinePart]>,
    free: &[(Id, Pence)],
    account: &str,
) -> Result<Vec<(Id, Pence)>, Refusal> {
    let Some(wanted) = wanted else {
        let held: Pence = free.iter().map(|(_, held)| *held).sum();
        if held < amount {
            return Err(Refusal::insufficient(account, None, held, amount));
        }
        let weights: Vec<Pence> = free.iter().map(|(_, held)| *held).collect();
        let parts = free.iter().map(|(id, _)| *id).zip(amount.split(&weights));
        return Ok(parts.filter(|(_, part)| part.is_positive()).collect());
    };
    let mut faults = Faults::new();
    let ids: Vec<Id> = wanted.iter().map(|part| part.budget_line_id).collect();
    for (at, part) in wanted.iter().enumerate() {
        let is_known = free.iter().any(|(id, _)| *id == part.budget_line_id);
        faults.require(
            is_known,
            &format!("/parts/{at}/budget_line_id"),
            "unknown_record",
            "No money of this budget line can be used here now.",
        );
        let is_first = ids.iter().position(|id| *id == part.budget_line_id) == Some(at);
        faults.require(is_first, &format!("/parts/{at}/budget_line_id"), "repeated", "This budget line stands here twice.");
        faults.require(part.amount_pence.is_positive(), &format!("/parts/{at}/amount_pence"), "too_small", "A part is more than nothing.");
    }
    let sum: Pence = wanted.iter().map(|part| part.amount_pence).sum();
    faults.require(sum == amount, "/parts", "does_not_add_up", "The parts must add up to the amount.");
    faults.into_result()?;
    for part in wanted {
        let held = free.iter().find(|(id, _)| *id == part.budget_line_id).map_or(Pence::ZERO, |(_, held)| *held);
        if held < part.amount_pence {
            return Err(Refusal::insufficient(account, None, held, part.amount_pence));
        }
    }
    Ok(wanted.iter().map(|part| (part.budget_line_id, part.amount_pence)).collect())
}

/// What the question of a new offer depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The line, for people.
    pub reference: String,
    /// How far it has come.
    pub state: BudgetState,
    /// What is promised beyond a cut budget.
    pub shortfall: Pence,
    /// The at-risk approval that nothing has ended, where the line is not confirmed.
    pub at_risk: Option<AtRisk>,
}

/// Leave to promise money of a line that is not confirmed, and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRisk {
    /// How much may be promised, and until when.
    pub terms: AtRiskTerms,
    /// What is offered, committed and paid.
    pub promised: Pence,
}

/// Whether `amount` more may be offered from a line on `day`.
///
/// # Errors
/// [`Code::WrongState`] for a withdrawn line; [`Code::Shortfall`] while more is promised than the line holds; [`Code::NotConfirmed`]
/// where neither a confirmation nor an at-risk approval covers the amount.
pub fn may_offer(standing: &Standing, amount: Pence, day: NaiveDate) -> Result<(), Refusal> {
    let reference = &standing.reference;
    if standing.state == BudgetState::Withdrawn {
        return Err(Refusal::wrong_state("budget line", standing.state, "drawn on"));
    }
    if standing.shortfall.is_positive() {
        let detail =
            format!("{} more is promised from {reference} than it holds, so nothing new can be offered from it.", standing.shortfall);
        let facts = json!({ "budget_line": reference, "shortfall_pence": standing.shortfall });
        return Err(Refusal::rule_with(Code::Shortfall, detail, facts));
    }
    if standing.state.is_confirmed() {
        return Ok(());
    }
    let Some(AtRisk { terms: approval, promised }) = standing.at_risk.as_ref().filter(|at_risk| at_risk.terms.is_in_force(day)) else {
        let detail = format!("{reference} is {} and no at-risk approval is in force on {day}.", standing.state);
        return Err(Refusal::rule_with(Code::NotConfirmed, detail, json!({ "budget_line": reference, "approved_pence": 0 })));
    };
    let beyond = *promised + amount - approval.amount_pence;
    if !beyond.is_positive() {
        return Ok(());
    }
    let detail =
        format!("{reference} is {}; at risk, {} is approved, and this would be {beyond} beyond it.", standing.state, approval.amount_pence);
    let facts =
        json!({ "budget_line": reference, "approved_pence": approval.amount_pence, "promised_pence": promised, "shortfall_pence": beyond });
    Err(Refusal::rule_with(Code::NotConfirmed, detail, facts))
}
