//! Bringing many payments forward.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::funds;
use crate::kernel::{Id, Named, Pence, Refusal};
use crate::ledger::{self, AccountKind, locks};
use crate::payments::advance::rules::{self, AdvanceBar, AdvanceRefused, FundPaymentAdvance, Purse};
use crate::payments::advance::store;
use crate::payments::holding::acts as holding;
use crate::payments::rules::{PaymentAct, PaymentState, next};
use crate::payments::runs::acts as runs;
use crate::payments::store::Narrow;
use crate::payments::{Payment, acts as payments, store as records};
use crate::store::{Conn, Tx};

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
    let mut purses = purses(conn, &all, &coming)?;
    let mut judged = Judged::default();
    for one in all {
        if let Some(bar) = bars.remove(&one.id) {
            judged.refused.push(refused(&one, bar));
            continue;
        }
        match purses.entry(one.award_id).or_default().take(one.facts.amount_pence) {
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
    AdvanceRefused { payment_id: one.id, reference: one.reference.clone(), amount_pence: one.facts.amount_pence, code, rule_id, detail }
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
fn purses(conn: &mut Conn, all: &[Payment], coming: &HashSet<Id>) -> Result<HashMap<Id, Purse>, Refusal> {
    let mut ids: Vec<Id> = all.iter().map(|one| one.award_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut purses: HashMap<Id, Purse> = HashMap::new();
    for some in ids.chunks(1_000) {
        for ((award, line), pence) in ledger::holdings(conn, AccountKind::Committed, some)? {
            purses.entry(award).or_default().free.insert(line, pence);
        }
    }
    for (award, line, pence) in store::reserved(conn, &ids, coming)? {
        if let Some(left) = purses.get_mut(&award).and_then(|purse| purse.free.get_mut(&line)) {
            *left = *left - pence;
        }
    }
    Ok(purses)
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

/// Brings forward all payments that are meant, or none (R16). Whoever does asks for them: somebody else authorises each.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] where there are none, or with every payment that cannot come forward unless those are left out; a day that is past; a
/// blank reason.
pub fn advance_all(tx: &mut Tx<'_>, input: &FundPaymentAdvance) -> Result<Advanced, Refusal> {
    let today = tx.today();
    let Judged { going, refused } = judge(tx.conn(), input, today)?;
    rules::check_refused(going.len(), &refused, input)?;
    let before: Vec<Payment> = going.into_iter().map(|(one, _)| one).collect();
    for one in &before {
        tx.touch(one.award_id);
    }
    let states: Result<Vec<PaymentState>, Refusal> = before.iter().map(|one| next(one.facts.state, PaymentAct::Advance)).collect();
    let after = payments::ask_all(tx, before.iter().zip(states?), (input.reason.as_str(), &Payment::clone), |next, state| {
        (next.state, next.due_on) = (state, input.due_on);
    })?;
    let sum: Pence = after.iter().map(|one| one.facts.amount_pence).sum();
    let told = json!({ "asked": input, "payments_count": after.len(), "amount_pence": sum, "left_out": refused });
    let reason = Some(input.reason.trim().to_owned());
    let record_id = input.fund_id.unwrap_or_else(|| tx.new_id());
    audit::record(tx, Entry { record_kind: "payment_advance", record_id, before: Value::Null, after: told, reason })?;
    Ok(Advanced { payments: after, refused })
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
