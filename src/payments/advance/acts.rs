//! Bringing many payments forward.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Caller;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::funds;
use crate::kernel::{AwardRefused, Id, Named, Page, PageRequest, Pence, Refusal, RefusalReason};
use crate::ledger::{self, AccountKind, locks};
use crate::payments::advance::rules::{self, AdvanceAct, AdvanceBar, AdvanceRefused, AdvanceState, FundPaymentAdvance, Unreserved};
use crate::payments::advance::store;
use crate::payments::holding::acts as holding;
use crate::payments::policy::acts as policy;
use crate::payments::rules::{PaymentAct, PaymentState, check_limit, next, said};
use crate::payments::runs::acts as runs;
use crate::payments::store::Narrow;
use crate::payments::{Payment, acts as payments, store as records};
use crate::store::{Conn, Tx};

pub use store::{Advance, Chosen};

/// States of payments that could be due earlier.
const LOOKED_AT: [PaymentState; 4] = [PaymentState::Scheduled, PaymentState::Held, PaymentState::Authorised, PaymentState::Exported];

/// What would come forward, and what cannot.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// The payments that would, by the day on which they are due, each with what each budget line would pay.
    pub going: Vec<(Payment, Vec<(Id, Pence)>)>,
    /// Those that cannot.
    pub refused: Vec<AdvanceRefused>,
}

/// Which payments could come forward today.
///
/// # Errors
/// Every fault of the input; [`Refusal::Store`] where the database fails.
pub fn judge(conn: &mut Conn, input: &FundPaymentAdvance, today: NaiveDate) -> Result<Judged, Refusal> {
    rules::check(input, today)?;
    let all = chosen(conn, input)?;
    let held = holding::of(conn, &all, today)?;
    let gathered = if all.is_empty() { HashSet::new() } else { runs::in_a_run(conn)? };
    let locked = locked(conn, &all, input.due_on)?;
    let mut bars: HashMap<Id, (AdvanceBar, Option<Id>, String)> = HashMap::new();
    for one in &all {
        let holds = held.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let is_locked = || locked.get(&one.award_id).map(|why| (AdvanceBar::YearLocked, None, why.clone()));
        if let Some(bar) = rules::bar(one.facts.state, gathered.contains(&one.id), holds).or_else(is_locked) {
            bars.insert(one.id, bar);
        }
    }
    let coming: HashSet<Id> = all.iter().map(|one| one.id).filter(|id| !bars.contains_key(id)).collect();
    let mut unreserved = unreserved(conn, &all, &coming)?;
    let mut judged = Judged::default();
    for one in all {
        if let Some(bar) = bars.remove(&one.id) {
            judged.refused.push(refused(&one, bar));
            continue;
        }
        match unreserved.entry(one.award_id).or_default().take(one.facts.amount_pence) {
            Some(parts) => judged.going.push((one, parts)),
            None => {
                let why = "Less is committed and not on its way than this payment takes. Set the schedule of the award anew first.";
                judged.refused.push(refused(&one, (AdvanceBar::InsufficientBalance, None, why.to_owned())));
            }
        }
    }
    Ok(judged)
}

fn refused(one: &Payment, (code, rule_id, detail): (AdvanceBar, Option<Id>, String)) -> AdvanceRefused {
    AdvanceRefused {
        payment_id: one.id,
        reference: one.reference.clone(),
        award_id: one.award_id,
        amount_pence: one.facts.amount_pence,
        code,
        rule_id,
        detail,
    }
}

/// Refuses where payments cannot come forward and are not to be left out, or where none is left.
fn check_refused(conn: &mut Conn, judged: &Judged, input: &FundPaymentAdvance) -> Result<(), Refusal> {
    let mut reasons: BTreeMap<Id, Vec<RefusalReason>> = BTreeMap::new();
    for one in &judged.refused {
        let message = format!("{}: {}", one.reference, one.detail);
        reasons.entry(one.award_id).or_default().push(RefusalReason { code: one.code.to_string(), pointer: String::new(), message });
    }
    let names = awards::named(conn, &reasons.keys().copied().collect::<Vec<_>>())?;
    let of: HashSet<Id> = judged.going.iter().map(|(one, _)| one.award_id).chain(reasons.keys().copied()).collect();
    let told = |(award_id, reasons): (Id, Vec<RefusalReason>)| {
        let award = names.get(&award_id).map(|named| named.code.clone()).unwrap_or_default();
        AwardRefused { award_id, award, reasons }
    };
    let refused: Vec<AwardRefused> = reasons.into_iter().map(told).collect();
    rules::check_refused(judged.going.len(), of.len(), &refused, input)
}

/// The payments that are meant: due after the new day and up to the last one.
fn chosen(conn: &mut Conn, input: &FundPaymentAdvance) -> Result<Vec<Payment>, Refusal> {
    let mut of_awards = input.fund_id.map(|fund| awards::of_fund(conn, fund)).transpose()?;
    if !input.award_ids.is_empty() {
        let listed = input.award_ids.clone();
        of_awards = Some(match of_awards {
            Some(of_fund) => of_fund.into_iter().filter(|award| listed.contains(award)).collect(),
            None => listed,
        });
    }
    let narrow = Narrow {
        states: Some(LOOKED_AT.to_vec()),
        provider_id: input.provider_id,
        due_by: Some(input.due_by),
        awards: of_awards,
        ..Narrow::default()
    };
    let mut all = records::all(conn, &narrow)?;
    all.retain(|one| one.facts.due_on > input.due_on);
    Ok(all)
}

/// What each award can still pay: what is authorised and comes forward is given back first, and only that.
fn unreserved(conn: &mut Conn, all: &[Payment], coming: &HashSet<Id>) -> Result<HashMap<Id, Unreserved>, Refusal> {
    let mut ids: Vec<Id> = all.iter().map(|one| one.award_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut unreserved: HashMap<Id, Unreserved> = HashMap::new();
    for some in ids.chunks(1_000) {
        for ((award, line), pence) in ledger::holdings(conn, AccountKind::Committed, some)? {
            unreserved.entry(award).or_default().free.insert(line, pence);
        }
    }
    for (award, line, pence) in store::reserved(conn, &ids, coming)? {
        if let Some(left) = unreserved.get_mut(&award).and_then(|unreserved| unreserved.free.get_mut(&line)) {
            *left = *left - pence;
        }
    }
    Ok(unreserved)
}

/// The awards whose money's year is closed on the new day, each with why.
fn locked(conn: &mut Conn, all: &[Payment], day: NaiveDate) -> Result<HashMap<Id, String>, Refusal> {
    let mut ids: Vec<Id> = all.iter().map(|one| one.award_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut known: HashMap<Id, Option<String>> = HashMap::new();
    let mut locked = HashMap::new();
    for (award, period, _) in store::periods(conn, &ids)? {
        let why = match known.get(&period) {
            Some(why) => why.clone(),
            None => {
                let why = match locks::check_day(conn, period, day) {
                    Ok(()) => None,
                    Err(Refusal::Rule { detail, .. }) => Some(detail),
                    Err(other) => return Err(other),
                };
                known.insert(period, why.clone());
                why
            }
        };
        locked.extend(why.map(|why| (award, why)));
    }
    Ok(locked)
}

/// What came forward.
#[derive(Debug, Clone)]
pub struct Advanced {
    /// The payments, by the day on which they were due, as they are now.
    pub payments: Vec<Payment>,
    /// Those that were left out, and why.
    pub refused: Vec<AdvanceRefused>,
}

/// The request.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn find(conn: &mut Conn, id: Id) -> Result<Advance, Refusal> {
    store::load(conn, id)?.ok_or(Refusal::NotFound("advance"))
}

/// A page of the requests, the first one first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn page(conn: &mut Conn, state: Option<AdvanceState>, request: &PageRequest) -> Result<Page<Advance>, Refusal> {
    store::page(conn, state, request)
}

/// The payments that would come forward when it was asked for, each as it is now and with what was asked of it, by the day on which they were due.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn chosen_in(conn: &mut Conn, one: &Advance) -> Result<Vec<(Chosen, Payment)>, Refusal> {
    let meant = store::payments(conn, one.id)?;
    let ids: Vec<Id> = meant.iter().map(|one| one.payment_id).collect();
    let mut now: HashMap<Id, Payment> = HashMap::new();
    for some in ids.chunks(1_000) {
        now.extend(records::of_ids(conn, some)?.into_iter().map(|payment| (payment.id, payment)));
    }
    Ok(meant.into_iter().filter_map(|one| now.remove(&one.payment_id).map(|payment| (one, payment))).collect())
}

/// What was asked for.
///
/// # Errors
/// [`Refusal::Store`] where what is kept is no request.
pub fn asked(one: &Advance) -> Result<FundPaymentAdvance, Refusal> {
    serde_json::from_str(&one.asked).map_err(Refusal::broken)
}

/// Asks that all payments that are meant come forward (R16). Nothing does before somebody else approves it.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] where there are none; [`crate::kernel::Code::AwardsRefused`] with every award one of whose payments cannot come forward,
/// unless those are left out; a day that is past; a blank reason.
pub fn ask(tx: &mut Tx<'_>, input: &FundPaymentAdvance) -> Result<Advance, Refusal> {
    let today = tx.today();
    let judged = judge(tx.conn(), input, today)?;
    check_refused(tx.conn(), &judged, input)?;
    let (payments_count, amount_pence) = size(&judged)?;
    let actor = tx.actor().clone();
    let one = Advance {
        id: tx.new_id(),
        version: 1,
        recorded_at: tx.recorded_at(),
        state: AdvanceState::Asked,
        asked: serde_json::to_string(input).map_err(Refusal::broken)?,
        reason: input.reason.trim().to_owned(),
        payments_count,
        amount_pence,
        asked_on: today,
        asked_by_id: actor.id,
        asked_by: actor.name,
        decided_on: None,
        decided_by_id: None,
        decided_by: None,
        note: None,
    };
    let chosen = |(payment, _): &(Payment, Vec<(Id, Pence)>)| Chosen {
        advance_id: one.id,
        payment_id: payment.id,
        amount_pence: payment.facts.amount_pence,
        due_on: payment.facts.due_on,
    };
    let payments: Vec<Chosen> = judged.going.iter().map(chosen).collect();
    store::begin(tx.conn(), &one, &payments)?;
    log(tx, None, &one, json!({ "left_out": judged.refused }))?;
    Ok(one)
}

/// How many payments would come forward, and how much they are together.
fn size(judged: &Judged) -> Result<(i32, Pence), Refusal> {
    let count = i32::try_from(judged.going.len()).map_err(Refusal::broken)?;
    Ok((count, judged.going.iter().map(|(one, _)| one.facts.amount_pence).sum()))
}

/// Approves a request of somebody else: all payments that were meant come forward, or none. Each is then authorised as any other, not by whoever asked.
///
/// # Errors
/// [`crate::kernel::Code::SecondFactor`]; [`Refusal::Stale`]; [`crate::kernel::Code::WrongState`]; [`crate::kernel::Code::SamePerson`] for whoever asked;
/// [`crate::kernel::Code::RuleBroken`] above the caller's limit, where the new day is past or something else would come forward by now; what [`ask`] refuses.
pub fn approve(tx: &mut Tx<'_>, caller: &Caller, id: Id, version: i32) -> Result<(Advance, Advanced), Refusal> {
    policy::require_person(tx, caller)?;
    let one = at_version(tx, id, version)?;
    let state = rules::after(one.state, AdvanceAct::Approve)?;
    rules::check_second_person(one.asked_by_id, tx.actor().id)?;
    let (input, today) = (asked(&one)?, tx.today());
    rules::check_new_day(input.due_on, today)?;
    let judged = judge(tx.conn(), &input, today)?;
    check_refused(tx.conn(), &judged, &input)?;
    let meant = store::payments(tx.conn(), one.id)?;
    let meant: BTreeMap<Id, Pence> = meant.into_iter().map(|payment| (payment.payment_id, payment.amount_pence)).collect();
    let now: BTreeMap<Id, Pence> = judged.going.iter().map(|(payment, _)| (payment.id, payment.facts.amount_pence)).collect();
    rules::check_unchanged(&meant, &now)?;
    let gross: Pence = judged.going.iter().map(|(one, _)| one.facts.amount_pence + one.facts.vat_pence.unwrap_or_default()).sum();
    let limits = policy::get(tx.conn())?.policy;
    check_limit("approve", gross, limits.limit_of(caller.id, &caller.roles))?;
    let done = bring_forward(tx, &one, &input, judged)?;
    let approved = decide(tx, &one, (state, None), json!({ "left_out": done.refused }))?;
    Ok((approved, done))
}

/// Takes a request back that nobody has decided on.
///
/// # Errors
/// [`Refusal::Stale`]; [`crate::kernel::Code::WrongState`]; a blank reason.
pub fn withdraw(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Advance, Refusal> {
    let one = at_version(tx, id, version)?;
    let state = rules::after(one.state, AdvanceAct::Withdraw)?;
    let reason = said("/reason", reason)?;
    decide(tx, &one, (state, Some(reason)), Value::Null)
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Advance, Refusal> {
    let one = find(tx.conn(), id)?;
    if one.version == version { Ok(one) } else { Err(Refusal::Stale) }
}

/// Brings the payments forward, for whoever asked: somebody else authorises each.
fn bring_forward(tx: &mut Tx<'_>, asked: &Advance, input: &FundPaymentAdvance, judged: Judged) -> Result<Advanced, Refusal> {
    let Judged { going, refused } = judged;
    let before: Vec<Payment> = going.into_iter().map(|(one, _)| one).collect();
    for one in &before {
        tx.touch(one.award_id);
    }
    let states: Result<Vec<PaymentState>, Refusal> = before.iter().map(|one| next(one.facts.state, PaymentAct::Advance)).collect();
    let after = payments::ask_all(tx, before.iter().zip(states?), (Some(input.reason.as_str()), &Payment::clone), |next, state| {
        (next.state, next.due_on) = (state, input.due_on);
        (next.requested_by, next.requested_by_name) = (asked.asked_by_id, asked.asked_by.clone());
    })?;
    Ok(Advanced { payments: after, refused })
}

fn decide(tx: &mut Tx<'_>, before: &Advance, (state, note): (AdvanceState, Option<String>), more: Value) -> Result<Advance, Refusal> {
    let (actor, today) = (tx.actor().clone(), tx.today());
    let after = Advance {
        version: before.version + 1,
        recorded_at: tx.recorded_at(),
        state,
        decided_on: Some(today),
        decided_by_id: actor.id,
        decided_by: Some(actor.name),
        note,
        ..before.clone()
    };
    store::decide(tx.conn(), &after)?;
    log(tx, Some(before), &after, more)?;
    Ok(after)
}

fn log(tx: &mut Tx<'_>, before: Option<&Advance>, after: &Advance, more: Value) -> Result<(), Refusal> {
    let shown = |one: &Advance| -> Result<Value, Refusal> {
        Ok(json!({ "version": one.version, "state": one.state, "asked": asked(one)?, "payments_count": one.payments_count,
            "amount_pence": one.amount_pence, "asked_on": one.asked_on, "asked_by_id": one.asked_by_id,
            "decided_on": one.decided_on, "decided_by_id": one.decided_by_id }))
    };
    let mut told = shown(after)?;
    if let (Some(fields), Value::Object(more)) = (told.as_object_mut(), more) {
        fields.extend(more);
    }
    let entry = Entry {
        record_kind: "payment_advance",
        record_id: after.id,
        before: before.map_or(Ok(Value::Null), shown)?,
        after: told,
        reason: Some(after.note.clone().unwrap_or_else(|| after.reason.clone())),
    };
    audit::record(tx, entry).map(|_| ())
}

/// What a preview adds up.
#[derive(Debug, Clone)]
pub struct Totals {
    /// By fund: how many payments, and how much.
    pub funds: Vec<(Named, usize, Pence)>,
    /// By budget line, with the source whose money it is.
    pub lines: Vec<(Named, Named, Pence)>,
}

/// What would come forward by fund, budget line and source.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn totals(conn: &mut Conn, judged: &Judged) -> Result<Totals, Refusal> {
    let mut ids: Vec<Id> = judged.going.iter().map(|(one, _)| one.award_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let of_award: HashMap<Id, Id> = store::periods(conn, &ids)?.into_iter().map(|(award, _, fund)| (award, fund)).collect();
    let mut by_fund: BTreeMap<Id, (usize, Pence)> = BTreeMap::new();
    let mut by_line: BTreeMap<Id, Pence> = BTreeMap::new();
    for (one, parts) in &judged.going {
        if let Some(fund) = of_award.get(&one.award_id) {
            let (count, sum) = by_fund.entry(*fund).or_default();
            (*count, *sum) = (*count + 1, *sum + one.facts.amount_pence);
        }
        for (line, part) in parts {
            let sum = by_line.entry(*line).or_default();
            *sum = *sum + *part;
        }
    }
    let names = funds::named(conn, &by_fund.keys().copied().collect::<Vec<_>>())?;
    let lines = runs::lines(conn, &by_line.keys().copied().collect::<Vec<_>>())?;
    let mut funds: Vec<_> = by_fund.into_iter().filter_map(|(id, (count, sum))| Some((names.get(&id)?.clone(), count, sum))).collect();
    funds.sort_by(|a, b| a.0.code.cmp(&b.0.code));
    let turn = |(id, sum): (Id, Pence)| lines.get(&id).cloned().map(|(line, source)| (line, source, sum));
    let mut lines: Vec<_> = by_line.into_iter().filter_map(turn).collect();
    lines.sort_by(|a, b| a.0.code.cmp(&b.0.code));
    Ok(Totals { funds, lines })
}
