//! Plans, evaluations and conditions.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts::{self, json};
use crate::awards::monitoring::rules::{self, AwardCondition, EvaluationInput, MonitoringFrequency, MonitoringPlanInput, Plan, ToldPlan};
use crate::awards::monitoring::store;
use crate::awards::rules::{AwardAct, AwardState};
use crate::awards::store::{Award, PeriodFacts, Standing};
use crate::kernel::{Event, Id, Refusal, TextList};
use crate::store::{Conn, Tx};

pub use store::Reported;

/// What the returns of an award go by, as it stands now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such award.
pub fn reported(conn: &mut Conn, award_id: Id) -> Result<Reported, Refusal> {
    store::reported(conn, award_id)?.ok_or(Refusal::NotFound("award"))
}

/// What an award owes.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn plan(conn: &mut Conn, award: &Award) -> Result<Plan, Refusal> {
    store::plan(conn, award.id, award.standing.plan_no)?.ok_or_else(|| Refusal::broken("an award without a plan"))
}

/// Which returns each of these awards owes, as its plan says it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn frequencies(conn: &mut Conn, awards: &[&Award]) -> Result<HashMap<Id, Option<MonitoringFrequency>>, Refusal> {
    let keys: HashMap<Id, i32> = awards.iter().map(|award| (award.id, award.standing.plan_no)).collect();
    let plans = if keys.is_empty() { HashMap::new() } else { store::plans(conn, &keys)? };
    Ok(plans.into_iter().map(|(id, plan)| (id, plan.frequency)).collect())
}

/// The conditions of many awards, of those that have some.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn all_conditions(conn: &mut Conn, awards: &[&Award]) -> Result<HashMap<Id, Vec<AwardCondition>>, Refusal> {
    let keys: HashMap<Id, i32> = awards.iter().map(|award| (award.id, award.standing.conditions_no)).collect();
    if keys.is_empty() { Ok(HashMap::new()) } else { store::conditions_of(conn, &keys) }
}

/// The conditions of an award.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn conditions(conn: &mut Conn, award: &Award) -> Result<Vec<AwardCondition>, Refusal> {
    store::conditions(conn, award.id, award.standing.conditions_no)
}

/// Whether the award may go live (R67).
pub(in crate::awards) fn is_ready(conn: &mut Conn, award: &Award) -> Result<bool, Refusal> {
    Ok(plan(conn, award)?.is_complete())
}

/// Those of these awards that may not go live yet, see [`is_ready`].
pub(in crate::awards) fn not_ready(conn: &mut Conn, awards: &[&Award]) -> Result<HashSet<Id>, Refusal> {
    let keys: HashMap<Id, i32> = awards.iter().map(|award| (award.id, award.standing.plan_no)).collect();
    let plans = if keys.is_empty() { HashMap::new() } else { store::plans(conn, &keys)? };
    Ok(keys.into_keys().filter(|id| !plans.get(id).is_some_and(Plan::is_complete)).collect())
}

/// Writes the first plan of a new award: what its fund sets.
pub(in crate::awards) fn begin(tx: &mut Tx<'_>, award_id: Id, on: NaiveDate, period: &PeriodFacts) -> Result<(), Refusal> {
    let first = Plan {
        frequency: period.default_monitoring.as_deref().map(str::parse).transpose().map_err(Refusal::broken)?,
        evaluation: period.default_evaluation.as_deref().map(str::parse).transpose().map_err(Refusal::broken)?,
        is_fund_default: true,
        ..Plan::default()
    };
    let recorded_at = tx.recorded_at();
    store::add_plan(tx.conn(), (award_id, 1), (recorded_at, on), &first)
}

/// Gives an imported award the plan that is evidenced, whatever its fund sets today.
pub(in crate::awards) fn import(tx: &mut Tx<'_>, award: Award, told: &ToldPlan, on: NaiveDate) -> Result<Award, Refusal> {
    let before = plan(tx.conn(), &award)?;
    let after = told.evaluated(&Plan { frequency: told.frequency, ..before.clone() });
    write_told(tx, award, &before, after, on)
}

/// Gives an award what a later account tells of its plan; what that leaves out stays.
pub(in crate::awards) fn retell(tx: &mut Tx<'_>, award: Award, told: &ToldPlan, on: NaiveDate) -> Result<Award, Refusal> {
    let before = plan(tx.conn(), &award)?;
    let after = told.evaluated(&Plan { frequency: told.frequency.or(before.frequency), ..before.clone() });
    write_told(tx, award, &before, after, on)
}

/// Gives the draft of another agreement year the plan and the conditions of the award before, as they are asked for anew.
pub(in crate::awards) fn carry_over(tx: &mut Tx<'_>, before: &Award, draft: Award) -> Result<Award, Refusal> {
    let (asked, own, today) = (plan(tx.conn(), before)?, plan(tx.conn(), &draft)?, tx.today());
    let next = asked.asked_anew(&own, draft.terms.starts_on);
    let draft = if next == own { draft } else { write_plan(tx, draft, &own, &next, &[], today)? };
    let first = draft.terms.starts_on;
    let conditions: Vec<AwardCondition> =
        conditions(tx.conn(), before)?.into_iter().filter_map(|condition| condition.asked_anew(first)).collect();
    if conditions.is_empty() { Ok(draft) } else { write_conditions(tx, draft, &[], &conditions) }
}

/// What a later account says is printed nowhere, without what the service has of the plan by now.
pub(in crate::awards) fn still_lacking(conn: &mut Conn, award: &Award, row: &acts::ImportedAward) -> Result<TextList, Refusal> {
    let plan = plan(conn, award)?;
    let is_there = |word: &str| match word {
        "R67" => plan.is_complete(),
        "monitoring" => row.monitoring.frequency.is_none() && plan.frequency.is_some(),
        _ => false,
    };
    let mut lacking = row.provenance.not_evidenced.clone();
    lacking.retain(|word| !is_there(word));
    Ok(lacking)
}

fn write_told(tx: &mut Tx<'_>, award: Award, before: &Plan, after: Plan, on: NaiveDate) -> Result<Award, Refusal> {
    if *before == after {
        return Ok(award);
    }
    write_plan(tx, award, before, &Plan { is_fund_default: false, ..after }, &[], on)
}

/// Sets which returns an award owes and how it is evaluated.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`] once the award is terminated or closed; [`Refusal::Stale`].
pub fn set_plan(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &MonitoringPlanInput) -> Result<Award, Refusal> {
    let award = acts::open(tx, scope, id, version, AwardAct::Plan)?;
    if award.state().is_done_with() {
        let done = "asked for other returns; what its evaluation found and what is evidenced may still be noted";
        return Err(Refusal::wrong_state("award", award.state(), done));
    }
    let before = plan(tx.conn(), &award)?;
    let (frequency, evaluation) = (Some(input.frequency), Some(input.evaluation));
    let after = Plan { frequency, evaluation, is_fund_default: false, ..before.clone() };
    still_ready(&award, &before, &after)?;
    let today = tx.today();
    let award = write_plan(tx, award, &before, &after, &["monitoring"], today)?;
    if matches!(award.state(), AwardState::Live | AwardState::Paused) {
        tx.emit(Event::AwardTermsChanged { award_id: id })?;
    }
    Ok(award)
}

/// Sets who evaluates an award, how and by when, which outcomes are looked at, and, later, what was found.
///
/// # Errors
/// Every fault of the input; [`crate::kernel::Code::WrongState`] where the award came to nothing; [`Refusal::Stale`].
pub fn set_evaluation(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &EvaluationInput) -> Result<Award, Refusal> {
    let award = acts::open(tx, scope, id, version, AwardAct::Plan)?;
    rules::evaluation_faults(input).into_result()?;
    let before = plan(tx.conn(), &award)?;
    let after = before.with_evaluation(input);
    still_ready(&award, &before, &after)?;
    let today = tx.today();
    write_plan(tx, award, &before, &after, &[], today)
}

/// What let an award go live is not taken away from it (R67).
fn still_ready(award: &Award, before: &Plan, after: &Plan) -> Result<(), Refusal> {
    let is_draft = matches!(award.state(), AwardState::Draft | AwardState::Offered);
    if is_draft || after.is_complete() || !before.is_complete() { Ok(()) } else { Err(crate::awards::rules::no_plan()) }
}

/// Writes the next plan. What no paper prints of the award is evidenced now as far as the plan says it: `shown`, and a whole evaluation (R67).
fn write_plan(tx: &mut Tx<'_>, award: Award, before: &Plan, after: &Plan, shown: &[&str], on: NaiveDate) -> Result<Award, Refusal> {
    let (plan_no, recorded_at) = (award.standing.plan_no + 1, tx.recorded_at());
    store::add_plan(tx.conn(), (award.id, plan_no), (recorded_at, on), after)?;
    let mut next = Standing { plan_no, ..acts::next(tx, &award, on) };
    let is_shown = |word: &str| shown.contains(&word) || (word == "R67" && after.is_complete());
    next.not_evidenced.retain(|word| !is_shown(word));
    let entry = Entry { record_kind: "award", record_id: award.id, before: json(before)?, after: json(after)?, reason: None };
    write(tx, award, next, entry)
}

/// Sets the conditions of an award, the whole list. Once it was offered only their evidence changes.
///
/// # Errors
/// Every fault of the list; otherwise as for [`set_plan`].
pub fn set_conditions(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, after: &[AwardCondition]) -> Result<Award, Refusal> {
    let award = acts::open(tx, scope, id, version, AwardAct::Conditions)?;
    let before = conditions(tx.conn(), &award)?;
    rules::condition_faults(&before, after, award.state() == AwardState::Draft).into_result()?;
    write_conditions(tx, award, &before, after)
}

/// Changes the conditions of an award under way, as it stands now, as its provider agreed to in a variation; `before` are those that it has.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`] unless the award is live or paused; [`Refusal::Stale`].
pub fn vary_conditions(tx: &mut Tx<'_>, award: Award, before: &[AwardCondition], after: &[AwardCondition]) -> Result<Award, Refusal> {
    crate::awards::rules::allowed(AwardAct::Vary, award.state())?;
    write_conditions(tx, award, before, after)
}

fn write_conditions(tx: &mut Tx<'_>, award: Award, before: &[AwardCondition], after: &[AwardCondition]) -> Result<Award, Refusal> {
    let conditions_no = award.standing.conditions_no + 1;
    store::add_conditions(tx.conn(), (award.id, conditions_no), after)?;
    let today = tx.today();
    let next = Standing { conditions_no, ..acts::next(tx, &award, today) };
    let entry = Entry { record_kind: "award", record_id: award.id, before: json(&before)?, after: json(&after)?, reason: None };
    write(tx, award, next, entry)
}

fn write(tx: &mut Tx<'_>, award: Award, next: Standing, entry: Entry) -> Result<Award, Refusal> {
    crate::awards::store::advance(tx.conn(), &next)?;
    audit::record(tx, entry)?;
    Ok(Award { version: next.version, standing: next, ..award })
}
