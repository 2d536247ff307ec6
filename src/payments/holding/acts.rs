//! Making rules, lifting them, and asking what holds payments.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::audit::{self, Entry};
use crate::awards::rules::{AwardKind, AwardState};
use crate::funds;
use crate::kernel::{Faults, Id, Page, PageRequest, Pence, Refusal};
use crate::payments::holding::rules::{AwardFacts, Lift, OwedReturn, PaymentRuleKind};
use crate::payments::holding::store;
use crate::payments::rules::{PaymentState, said};
use crate::payments::{Payment, PaymentFacts};
use crate::providers::checks;
use crate::returns;
use crate::store::{Conn, Tx};

pub use crate::payments::holding::rules::{self, Hold, PaymentHoldKind, PaymentRuleInput, PaymentRuleLiftInput, Rule};

/// The rule.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn get(conn: &mut Conn, id: Id) -> Result<Rule, Refusal> {
    store::load(conn, id)?.ok_or(Refusal::NotFound("payment rule"))
}

/// A page of the rules, in the order in which they were made.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, page: &PageRequest) -> Result<Page<Rule>, Refusal> {
    store::page(conn, page)
}

fn checked(tx: &mut Tx<'_>, input: &PaymentRuleInput) -> Result<Faults, Refusal> {
    let mut faults = rules::faults(input);
    if let Some(fund) = input.fund_id {
        faults.require(funds::find(tx.conn(), fund)?.is_some(), "/fund_id", "unknown_record", "There is no such fund.");
    }
    Ok(faults)
}

/// Makes a rule.
///
/// # Errors
/// Every fault of the input.
pub fn create(tx: &mut Tx<'_>, input: &PaymentRuleInput) -> Result<Rule, Refusal> {
    checked(tx, input)?.into_result()?;
    let one = Rule { id: tx.new_id(), version: 1, recorded_at: tx.recorded_at(), input: input.clone(), lifts: Vec::new() };
    store::begin(tx.conn(), &one)?;
    log(tx, None, &one)?;
    Ok(one)
}

/// Changes a rule, or switches it off. What it looks at stays as it is.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; every fault of the result.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    make: impl FnOnce(&PaymentRuleInput) -> Result<PaymentRuleInput, Refusal>,
) -> Result<Rule, Refusal> {
    let before = at_version(tx, id, version)?;
    let input = make(&before.input)?;
    let mut faults = checked(tx, &input)?;
    let stays = input.kind == before.input.kind;
    faults.require(stays, "/kind", "fixed", "What a rule looks at stays as it is: switch this one off and make another.");
    faults.into_result()?;
    let after = Rule { version: version + 1, recorded_at: tx.recorded_at(), input, ..before.clone() };
    store::advance(tx.conn(), &after)?;
    log(tx, Some(&before), &after)?;
    Ok(after)
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Rule, Refusal> {
    let one = get(tx.conn(), id)?;
    if one.version == version { Ok(one) } else { Err(Refusal::Stale) }
}

/// Lifts a rule for a fund, from today until a day.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; a fund that there is not; a day that is past; a blank reason.
pub fn lift(tx: &mut Tx<'_>, id: Id, version: i32, input: &PaymentRuleLiftInput) -> Result<Rule, Refusal> {
    let before = at_version(tx, id, version)?;
    let today = tx.today();
    let mut faults = Faults::new();
    faults.require(funds::find(tx.conn(), input.fund_id)?.is_some(), "/fund_id", "unknown_record", "There is no such fund.");
    let sentence = format!("Today is {today}; give today or a day after it.");
    faults.require(input.lifted_until >= today, "/lifted_until", "too_early", &sentence);
    faults.into_result()?;
    let lift = Lift {
        id: tx.new_id(),
        fund_id: input.fund_id,
        lifted_on: today,
        lifted_until: input.lifted_until,
        lifted_by: tx.actor().name.clone(),
        reason: said("/reason", &input.reason)?,
    };
    let recorded_at = tx.recorded_at();
    store::add_lift(tx.conn(), id, recorded_at, &lift)?;
    let mut after = Rule { version: version + 1, recorded_at, ..before.clone() };
    after.lifts.push(lift);
    store::advance(tx.conn(), &after)?;
    log(tx, Some(&before), &after)?;
    Ok(after)
}

fn log(tx: &mut Tx<'_>, before: Option<&Rule>, after: &Rule) -> Result<(), Refusal> {
    let shown = |one: &Rule| json!({ "version": one.version, "rule": one.input, "lifts": one.lifts });
    let reason = after.input.reason.clone();
    let entry =
        Entry { record_kind: "payment_rule", record_id: after.id, before: before.map_or(Value::Null, shown), after: shown(after), reason };
    audit::record(tx, entry).map(|_| ())
}

/// What holds these payments today, by payment; those that nothing holds are left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of(conn: &mut Conn, payments: &[Payment], today: NaiveDate) -> Result<HashMap<Id, Vec<Hold>>, Refusal> {
    let stoppable: Vec<&Payment> = payments.iter().filter(|one| one.facts.state.can_be_stopped()).collect();
    let active = if stoppable.is_empty() { Vec::new() } else { store::active(conn)? };
    let facts = if active.is_empty() { HashMap::new() } else { facts(conn, &stoppable, &active, today)? };
    let mut all = HashMap::new();
    for one in stoppable {
        let mut holds = own(&one.facts);
        if let Some(award) = facts.get(&(one.award_id, one.provider_id)) {
            let is_overridden = |rule: &Rule| one.facts.overridden.contains(&rule.id.to_string());
            let from = one.facts.starts_on.unwrap_or(one.facts.planned_due_on);
            let applying = active.iter().filter(|rule| rules::concerns(rule, award, today) && !is_overridden(rule));
            holds.extend(applying.filter_map(|rule| rules::held_by(rule, award, from, today)));
        }
        if !holds.is_empty() {
            all.insert(one.id, holds);
        }
    }
    Ok(all)
}

/// What holds a payment by itself: somebody, or what it waits for.
fn own(facts: &PaymentFacts) -> Vec<Hold> {
    let by_hand = facts.hold_reason.as_ref().filter(|_| facts.state == PaymentState::Held).map(|reason| Hold {
        kind: PaymentHoldKind::Manual,
        rule_id: None,
        because: format!("The office holds it: {reason}"),
        released_by: "It goes on once the office releases it.".to_owned(),
    });
    let waits = facts.waits_for.as_ref().filter(|_| facts.met_on.is_none()).map(|what| Hold {
        kind: PaymentHoldKind::WaitsFor,
        rule_id: None,
        because: format!("It waits for {what}."),
        released_by: "It goes on once that is there.".to_owned(),
    });
    by_hand.into_iter().chain(waits).collect()
}

/// What the rules look at, by award and receiver.
type Facts = HashMap<(Id, Id), AwardFacts>;

/// What the rules look at. The payments of an agreement that has passed on do not all go to the same provider, and each has checks of its own.
fn facts(conn: &mut Conn, payments: &[&Payment], active: &[Rule], today: NaiveDate) -> Result<Facts, Refusal> {
    let looks_at = |kinds: &[PaymentRuleKind]| active.iter().any(|rule| kinds.contains(&rule.input.kind));
    let receivers: HashSet<(Id, Id)> = payments.iter().map(|one| (one.award_id, one.provider_id)).collect();
    let ids: Vec<Id> = receivers.iter().map(|(award, _)| *award).collect::<HashSet<Id>>().into_iter().collect();
    let mut returned = HashMap::new();
    if looks_at(&[PaymentRuleKind::ReturnNotAccepted, PaymentRuleKind::Variance]) {
        returned = owed(conn, &ids)?;
    }
    let mut profiles: HashMap<Id, Vec<_>> = HashMap::new();
    if looks_at(&[PaymentRuleKind::Variance]) {
        store::profiles(conn, &ids)?.into_iter().for_each(|(award, quarter)| profiles.entry(award).or_default().push(quarter));
    }
    let mut unsigned: HashMap<Id, Vec<String>> = HashMap::new();
    if looks_at(&[PaymentRuleKind::VariationUnsigned]) {
        store::unsigned(conn, &ids, today)?.into_iter().for_each(|(award, one)| unsigned.entry(award).or_default().push(one));
    }
    let mut counting = HashMap::new();
    if looks_at(&[PaymentRuleKind::CheckNotCurrent]) {
        let providers: HashSet<Id> = receivers.iter().map(|(_, provider)| *provider).collect();
        counting = checks::counting(conn, &providers.into_iter().collect::<Vec<_>>())?;
    }
    let turn = |(id, party, fund_id, kind, state): (Id, Option<Id>, Id, AwardKind, AwardState)| {
        let facts = AwardFacts {
            fund_id,
            kind,
            state,
            profile: profiles.remove(&id).unwrap_or_default(),
            returns: returned.remove(&id).unwrap_or_default(),
            unsigned: unsigned.remove(&id).unwrap_or_default(),
            checks: Vec::new(),
        };
        (id, (party, facts))
    };
    let of_awards: HashMap<Id, (Option<Id>, AwardFacts)> = store::awards(conn, &ids)?.into_iter().map(turn).collect();
    let of_receiver = |(award, provider): (Id, Id)| {
        let checks = counting.get(&provider).cloned().unwrap_or_default();
        let (party, facts) = of_awards.get(&award)?.clone();
        // A variation waits for whoever is party today, and is nothing of whoever was before.
        let unsigned = if party.is_none_or(|party| party == provider) { facts.unsigned } else { Vec::new() };
        Some(((award, provider), AwardFacts { checks, unsigned, ..facts }))
    };
    Ok(receivers.into_iter().filter_map(of_receiver).collect())
}

/// The returns that these awards owe or have had accepted, by award.
pub(in crate::payments) fn owed(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Vec<OwedReturn>>, Refusal> {
    let mut all: HashMap<Id, Vec<OwedReturn>> = HashMap::new();
    for one in returns::sent(conn, ids)?.into_iter().filter(|one| one.is_accepted) {
        let (starts_on, ends_on) = one.told.days;
        let told = OwedReturn { period: one.period, starts_on, ends_on, is_accepted: true, spent: one.spent };
        all.entry(one.told.award).or_default().push(told);
    }
    for (award, period, starts_on, ends_on) in store::not_accepted(conn, ids)? {
        all.entry(award).or_default().push(OwedReturn { period, starts_on, ends_on, is_accepted: false, spent: Pence::ZERO });
    }
    Ok(all)
}
