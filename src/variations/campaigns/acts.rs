//! What is done to campaigns: one function an act.

mod choose;
mod follow;
mod reach;
mod rebase;
mod weigh;

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::access::Caller;
use crate::access::permissions::Permission;
use crate::audit;
use crate::awards::rules::AwardAct;
use crate::kernel::{Code, Id, Page, PageRequest, Refusal};
use crate::store::{Conn, Tx};
use crate::variations::acts::{self as variations, Issuing};
use crate::variations::campaigns::rules::{self, CampaignAct, CampaignInput, CampaignIssue, CampaignRefused, CampaignState, ChosenBy};
use crate::variations::campaigns::store;
use crate::variations::policy::acts as policy;
use crate::variations::rules::{self as of_one, VariationAct, VariationIssue, VariationState};
use crate::variations::store::{self as varied, Variation};

pub use follow::{Applied, Followed, Reminded, Standing, apply, followed, remind, standings, withdraw};
pub use reach::reach;
pub use rebase::{Rebased, rebase};
pub use store::{Campaign, Step};
pub use weigh::{Totals, Weighed, totals, weigh};

/// The act that issues a campaign, by which its letters are found.
pub const ISSUE: &str = "variation_campaign.issue";

/// The kind of record that a campaign is, in the log.
const RECORD_KIND: &str = "variation_campaign";

/// The campaign.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn find(conn: &mut Conn, id: Id) -> Result<Campaign, Refusal> {
    store::load(conn, id)?.ok_or(Refusal::NotFound("campaign"))
}

/// A page of the campaigns, the latest first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn page(conn: &mut Conn, state: Option<CampaignState>, request: &PageRequest) -> Result<Page<Campaign>, Refusal> {
    store::page(conn, state, request)
}

/// The variations that a campaign issued, by award.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn variations_of(conn: &mut Conn, campaign_id: Id) -> Result<Vec<Variation>, Refusal> {
    Ok(varied::of_campaigns(conn, &[campaign_id])?.into_iter().map(|(_, one)| one).collect())
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Campaign, Refusal> {
    let one = find(tx.conn(), id)?;
    if one.step.version == version { Ok(one) } else { Err(Refusal::Stale) }
}

/// Whoever decides on a campaign that changes values is an approver who did not draft it.
fn decided_by(caller: &Caller, one: &Campaign) -> Result<(), Refusal> {
    if one.moves_money { may_decide(caller, one.drafted_by_id) } else { Ok(()) }
}

/// Those of these variations that a campaign issued.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn issued(conn: &mut Conn, variations: &[Id]) -> Result<HashSet<Id>, Refusal> {
    Ok(store::issued(conn, variations)?.into_iter().collect())
}

/// Those of these variations that this caller may not apply: a campaign that changes values issued them, and whoever applies one of them decides on
/// money as whoever applies all of them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn barred(conn: &mut Conn, caller: &Caller, variations: &[Id]) -> Result<HashSet<Id>, Refusal> {
    let all = store::drafters_of_money(conn, variations)?.into_iter();
    Ok(all.filter(|(_, drafted_by_id)| may_decide(caller, *drafted_by_id).is_err()).map(|(id, _)| id).collect())
}

/// Refuses who may not apply the variation of a campaign that changes values.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Code::SamePerson`].
pub fn check_application(conn: &mut Conn, caller: &Caller, variation_id: Id) -> Result<(), Refusal> {
    store::drafters_of_money(conn, &[variation_id])?.into_iter().try_for_each(|(_, drafted_by_id)| may_decide(caller, drafted_by_id))
}

fn may_decide(caller: &Caller, drafted_by_id: Option<Id>) -> Result<(), Refusal> {
    let needed = Permission::CampaignsApprove;
    rules::check_decider(true, drafted_by_id, caller.id, (caller.may(needed), needed.word()))
}

/// Drafts a campaign: its awards are looked up and kept.
///
/// # Errors
/// Every fault of the choice and of the change.
pub fn draft(tx: &mut Tx<'_>, input: &CampaignInput) -> Result<Campaign, Refusal> {
    let today = tx.today();
    let choice = choose::look_up(tx.conn(), &input.choice, today)?;
    let mut faults = rules::faults(input, &choice.rows);
    faults.0.extend(choice.faults.0);
    faults.into_result()?;
    let number = store::last_number(tx.conn())? + 1;
    let (id, recorded_at, actor) = (tx.new_id(), tx.recorded_at(), tx.actor().clone());
    let step = Step {
        campaign_id: id,
        version: 1,
        recorded_at,
        state: CampaignState::Draft,
        issued_on: None,
        issued_by_id: None,
        issued_by: None,
        answer_due_on: None,
        skips_refused: false,
        live_awards_count: None,
        note: None,
    };
    let one = Campaign {
        id,
        reference: format!("VC-{number:04}"),
        number,
        kind: input.kind,
        name: input.name.trim().to_owned(),
        chosen_by: choice.chosen_by,
        filter: input.choice.filter.clone(),
        change: input.change.clone(),
        formula: input.formula,
        moves_money: rules::moves_money(input, &choice.rows),
        drafted_on: today,
        drafted_by_id: actor.id,
        drafted_by: actor.name,
        step,
    };
    store::begin(tx.conn(), &one, &choice.awards)?;
    log(tx, None, &one, json!({ "award_count": choice.awards.len() }))?;
    Ok(one)
}

/// Sends each award its variation, in this one transaction: all of them, or none. Those that cannot be varied are left out only where that
/// is said, and kept with the reasons.
///
/// # Errors
/// [`Refusal::Stale`]; it is no draft; [`Refusal::Forbidden`] and [`Code::SamePerson`] of a campaign that changes values; every fault of the
/// last day to answer; [`Code::AwardsRefused`] with each award that cannot be varied and all its reasons, also where all of them are left out.
pub fn issue(tx: &mut Tx<'_>, caller: &Caller, id: Id, version: i32, input: &CampaignIssue) -> Result<Campaign, Refusal> {
    let one = at_version(tx, id, version)?;
    rules::check_state(CampaignAct::Issue, one.step.state, one.step.issued_on)?;
    decided_by(caller, &one)?;
    let today = tx.today();
    of_one::issue_faults(&VariationIssue { answer_due_on: input.answer_due_on }, one.change.is_unilateral, today).into_result()?;
    let state = of_one::next(VariationState::Draft, VariationAct::Issue, one.change.is_unilateral)?;
    let all = weigh(tx.conn(), &one, today)?;
    let refused: Vec<CampaignRefused> = all.iter().filter_map(Weighed::refused).collect();
    if !refused.is_empty() && (!input.skip_refused || refused.len() == all.len()) {
        let remedy = rules::remedy(refused.len(), all.len(), input.skip_refused);
        return Err(rules::all_or_nothing(&refused, all.len(), "varied", remedy));
    }
    let live = live_count(tx, &one, &all)?;
    // An approver who did not draft it has decided, which stands for the approval of each of its variations.
    let (policy, approver) = (policy::get(tx.conn())?.policy, one.moves_money.then(|| tx.actor().clone()));
    let issuable = all.iter().filter(|one| one.reasons.is_empty()).filter_map(|Weighed { award, input, before, after, .. }| {
        let (input, before) = (input.as_ref()?, before.as_ref()?);
        let approver = approver.as_ref().filter(|_| of_one::needs_approval(input.change_pence(), &policy));
        Some(Issuing { award, input, before, after: after.as_ref(), approver })
    });
    let issuable: Vec<Issuing<'_>> = issuable.collect();
    let sent = variations::issue_all(tx, &issuable, one.drafted_by_id, (state, input.answer_due_on))?;
    let issued: Vec<(Id, Id)> = sent.iter().map(|one| (one.id, one.award_id)).collect();
    let at = tx.recorded_at();
    let left_out: Vec<_> = refused.iter().map(|one| (one.award_id, one.reasons.clone())).collect();
    store::link_all(tx.conn(), id, &issued)?;
    store::leave_out(tx.conn(), id, at, &left_out)?;
    let actor = tx.actor().clone();
    let told = json!({ "issued_count": issued.len(), "left_out": refused });
    advance(tx, &one, told, |next| {
        next.state = CampaignState::Issued;
        next.issued_on = Some(today);
        next.issued_by_id = actor.id;
        next.issued_by = Some(actor.name);
        next.answer_due_on = input.answer_due_on;
        next.skips_refused = input.skip_refused;
        next.live_awards_count = i32::try_from(live).ok();
    })
}

/// How many awards are under way, of those that the choice finds: what a filter finds on this day, also what went live since it was asked.
fn live_count(tx: &mut Tx<'_>, one: &Campaign, all: &[Weighed]) -> Result<i64, Refusal> {
    let today = tx.today();
    match (&one.filter, one.chosen_by) {
        (Some(filter), ChosenBy::Filter) => choose::live(tx.conn(), filter, today),
        _ => {
            let count = all.iter().filter(|one| AwardAct::Vary.is_open_in(one.award.state())).count();
            Ok(i64::try_from(count).unwrap_or(i64::MAX))
        }
    }
}

/// The next version of a campaign, with what the act told of its awards.
fn advance(tx: &mut Tx<'_>, before: &Campaign, told: Value, make: impl FnOnce(&mut Step)) -> Result<Campaign, Refusal> {
    let mut step = Step { version: before.step.version + 1, recorded_at: tx.recorded_at(), note: None, ..before.step.clone() };
    make(&mut step);
    store::advance(tx.conn(), &step)?;
    let next = Campaign { step, ..before.clone() };
    log(tx, Some(before), &next, told)?;
    Ok(next)
}

fn log(tx: &mut Tx<'_>, before: Option<&Campaign>, after: &Campaign, told: Value) -> Result<(), Refusal> {
    let shown = |one: &Campaign| {
        json!({ "version": one.step.version, "reference": one.reference, "name": one.name, "kind": one.kind, "state": one.step.state,
            "chosen_by": one.chosen_by, "filter": one.filter, "change": of_one::for_log(json!(one.change)), "formula": one.formula,
            "moves_money": one.moves_money, "issued_on": one.step.issued_on, "answer_due_on": one.step.answer_due_on,
            "skips_refused": one.step.skips_refused, "live_awards_count": one.step.live_awards_count })
    };
    let mut now = shown(after);
    if let (Some(now), Value::Object(told)) = (now.as_object_mut(), told) {
        now.extend(told);
    }
    let entry = audit::Entry {
        record_kind: RECORD_KIND,
        record_id: after.id,
        before: before.map_or(Value::Null, shown),
        after: now,
        reason: after.step.note.clone(),
    };
    audit::record(tx, entry).map(|_| ())
}

/// That nothing of a campaign waits any more.
fn nothing_waits() -> Refusal {
    Refusal::rule(Code::RuleBroken, "Nothing of this campaign waits for an answer any more, so there is nothing to take back.")
}
