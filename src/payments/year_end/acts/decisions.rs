//! Deciding what becomes of unspent money, and moving what can be moved now.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::documents;
use crate::funds::budget_lines::{self, BudgetLine, shortfall};
use crate::funds::periods;
use crate::funds::rules::UnspentRule;
use crate::kernel::{Id, Page, PageRequest, Pence, Refusal};
use crate::ledger::{self, Account, AccountKind, Movement};
use crate::payments::year_end::acts::{DecidedRow, DecisionRow, RECORD_KIND, YearEnd, get, worked_out};
use crate::payments::year_end::rules::books::AwardBooks;
use crate::payments::year_end::rules::unspent::{Ground, LineFacts, UnspentDecisionInput, UnspentDecisionLine, UnspentMoney, faults};
use crate::payments::year_end::rules::{YearEndAct, check};
use crate::payments::year_end::store;
use crate::store::{Conn, Tx};

/// What is unspent of a fund period.
#[derive(Debug, Clone)]
pub struct Unspent {
    /// The budget lines, in the order in which they were made, with what each has free now.
    pub lines: Vec<(BudgetLine, Pence)>,
    /// The awards, by reference.
    pub awards: Vec<AwardBooks>,
    /// What was decided already.
    pub decided: Vec<DecidedRow>,
}

/// What is unspent of a fund period, by award and budget line.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period.
pub fn unspent(conn: &mut Conn, one: &YearEnd) -> Result<Unspent, Refusal> {
    let free: HashMap<Id, Pence> = ledger::balances(conn, AccountKind::FundPeriod, one.period.id)?.into_iter().collect();
    let lines = budget_lines::of_period(conn, one.period.id)?;
    let with = |line: BudgetLine| {
        let held = free.get(&line.id).copied().unwrap_or_default();
        (line, held)
    };
    let decided = store::decided_of(conn, one.period.id)?.into_iter().map(|(row, _)| row).collect();
    Ok(Unspent { lines: lines.into_iter().map(with).collect(), awards: worked_out::books(conn, one)?, decided })
}

impl Unspent {
    /// What was decided on of an award's line.
    #[must_use]
    pub fn decided(&self, money: UnspentMoney, award: Id, line: Id) -> Pence {
        let is_of = |row: &&DecidedRow| row.money == money && row.award_id == Some(award) && row.budget_line_id == line;
        self.decided.iter().filter(is_of).map(|row| row.amount_pence).sum()
    }
}

fn facts_of(conn: &mut Conn, line: &BudgetLine, source_id: Id) -> Result<LineFacts, Refusal> {
    let period = periods::find(conn, line.facts.fund_period_id)?.ok_or(Refusal::NotFound("fund period"))?;
    Ok(LineFacts {
        rule: line.facts.terms.unspent_rule,
        source_id,
        fund_id: period.facts.fund_id,
        starts_on: period.facts.starts_on,
        is_confirmed: line.facts.terms.state.is_confirmed(),
    })
}

fn ground(conn: &mut Conn, one: &YearEnd, input: &UnspentDecisionInput) -> Result<Ground, Refusal> {
    let found = unspent(conn, one)?;
    let mut ground = Ground { ends_on: one.period.facts.ends_on, ..Ground::default() };
    for (line, free) in &found.lines {
        let facts = facts_of(conn, line, line.facts.funding_source_id)?;
        ground.lines.insert(line.id, facts);
        ground.free.insert(line.id, *free);
    }
    for award in &found.awards {
        for settled in award.settled() {
            let key = (award.id, settled.budget_line_id);
            let left = |all: Pence, money| (all - found.decided(money, award.id, settled.budget_line_id)).max(Pence::ZERO);
            ground.released.insert(key, left(settled.of_line.released, UnspentMoney::Released));
            ground.with_provider.insert(key, left(settled.unspent, UnspentMoney::WithProvider));
        }
    }
    for to in input.lines.iter().filter_map(|line| line.to_budget_line_id) {
        if let Some(line) = budget_lines::find(conn, to)? {
            let facts = facts_of(conn, &line, line.facts.funding_source_id)?;
            ground.targets.insert(to, facts);
        }
    }
    for id in input.lines.iter().filter_map(|line| line.consent_document_id) {
        match documents::get(conn, Scope::Office, id) {
            Ok(file) if file.record_id == one.period.id && file.redacted_on.is_none() => ground.documents.push(id),
            Ok(_) | Err(Refusal::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(ground)
}

/// Carries a decision out: all of its lines or none.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`] before the cut-off; every fault of every line; [`crate::kernel::Code::YearLocked`] for a day in a closed year.
pub fn decide(tx: &mut Tx<'_>, id: Id, input: &UnspentDecisionInput) -> Result<(DecisionRow, Vec<DecidedRow>), Refusal> {
    tx.touch(id);
    let one = get(tx.conn(), id)?;
    check(one.stage(), YearEndAct::Decide)?;
    let ground = ground(tx.conn(), &one, input)?;
    faults(input, &ground).into_result()?;
    let on = input.effective_on.unwrap_or_else(|| if one.is_closed() { tx.today() } else { one.as_at() });
    let decision_id = tx.new_id();
    let actor = tx.actor().clone();
    let decision = DecisionRow {
        id: decision_id,
        fund_period_id: id,
        recorded_at: tx.recorded_at(),
        effective_on: on,
        decided_by: actor.id,
        decided_by_name: actor.name,
        reason: input.reason.trim().to_owned(),
    };
    let mut rows = Vec::with_capacity(input.lines.len());
    for (position, line) in (1_i32..).zip(&input.lines) {
        let transfer_id = carry_out(tx, &one, line, &ground, on)?;
        rows.push(DecidedRow {
            decision_id,
            position,
            budget_line_id: line.budget_line_id,
            award_id: line.award_id,
            money: line.money,
            decision: line.decision,
            amount_pence: line.amount_pence,
            to_budget_line_id: line.to_budget_line_id,
            consent_document_id: line.consent_document_id,
            transfer_id,
        });
    }
    store::add_decision(tx.conn(), &decision, &rows)?;
    let after = json!({ "decision": decision, "lines": rows });
    audit::record(
        tx,
        Entry { record_kind: RECORD_KIND, record_id: id, before: Value::Null, after, reason: Some(decision.reason.clone()) },
    )?;
    Ok((decision, rows))
}

/// Moves the money of one line. What is with a provider is to be asked back first; what is recycled stays where it can be offered.
fn carry_out(tx: &mut Tx<'_>, one: &YearEnd, line: &UnspentDecisionLine, ground: &Ground, on: NaiveDate) -> Result<Option<Id>, Refusal> {
    if line.money == UnspentMoney::WithProvider {
        return Ok(None);
    }
    let from = Account { kind: AccountKind::FundPeriod, record_id: one.period.id, budget_line_id: line.budget_line_id };
    let to = match (line.decision, line.to_budget_line_id) {
        (UnspentRule::Recycle, _) | (UnspentRule::CarryForward, None) => return Ok(None),
        (UnspentRule::ReturnToFunder, _) => {
            let source = ground.lines.get(&line.budget_line_id).map(|facts| facts.source_id).ok_or(Refusal::NotFound("budget line"))?;
            Account { kind: AccountKind::Source, record_id: source, budget_line_id: line.budget_line_id }
        }
        (UnspentRule::CarryForward, Some(target)) => {
            let line = budget_lines::find(tx.conn(), target)?.ok_or(Refusal::NotFound("budget line"))?;
            Account { kind: AccountKind::FundPeriod, record_id: line.facts.fund_period_id, budget_line_id: target }
        }
    };
    tx.touch(to.record_id);
    let moved = ledger::transfer(tx, &Movement { from, to, amount: line.amount_pence, effective_on: on })?;
    if to.kind == AccountKind::Source {
        let of = budget_lines::find(tx.conn(), line.budget_line_id)?.ok_or(Refusal::NotFound("budget line"))?;
        shortfall::settle(tx, &of)?;
    }
    Ok(Some(moved))
}

/// A page of the decisions of a fund period, with their lines.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period; [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, id: Id, page: &PageRequest) -> Result<Page<(DecisionRow, Vec<DecidedRow>)>, Refusal> {
    get(conn, id)?;
    let Page { items, next_cursor } = store::decisions_page(conn, id, page)?;
    let mut lines: BTreeMap<Id, Vec<DecidedRow>> = BTreeMap::new();
    for row in store::decided_in(conn, &items.iter().map(|row| row.id).collect::<Vec<_>>())? {
        lines.entry(row.decision_id).or_default().push(row);
    }
    let with = |row: DecisionRow| {
        let own = lines.remove(&row.id).unwrap_or_default();
        (row, own)
    };
    Ok(Page { items: items.into_iter().map(with).collect(), next_cursor })
}
