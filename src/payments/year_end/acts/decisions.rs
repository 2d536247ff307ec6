//! Deciding what becomes of unspent money, and moving what can be moved now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::documents;
use crate::funds;
use crate::funds::budget_lines::{self, BudgetLine, shortfall};
use crate::funds::periods;
use crate::funds::rules::UnspentRule;
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal};
use crate::ledger::{self, Account, AccountKind, Movement};
use crate::payments::year_end::acts::{DecidedRow, DecisionRow, RECORD_KIND, YearEnd, get, worked_out};
use crate::payments::year_end::rules::books::AwardBooks;
use crate::payments::year_end::rules::unspent::{
    self, Ground, LineFacts, Receipt, UnspentDecisionInput, UnspentDecisionLine, UnspentMoney, faults,
};
use crate::payments::year_end::rules::{self, YearEndAct, check};
use crate::payments::year_end::store;
use crate::store::{Conn, Tx};

/// What a budget line has left.
#[derive(Debug, Clone)]
pub struct LineLeft {
    /// The budget line.
    pub line: BudgetLine,
    /// What becomes of its unspent money: its own rule, or that of its fund.
    pub rule: Option<UnspentRule>,
    /// What it has free now.
    pub free: Pence,
    /// What it had free at the cut-off that nobody decided on yet.
    pub undecided: Pence,
}

/// What is unspent of a fund period.
#[derive(Debug, Clone)]
pub struct Unspent {
    /// The budget lines, in the order in which they were made.
    pub lines: Vec<LineLeft>,
    /// The awards, by reference.
    pub awards: Vec<AwardBooks>,
    /// What was decided already.
    pub decided: Vec<DecidedRow>,
    /// When each decision became known.
    decided_at: HashMap<Id, Moment>,
    /// What came back of each award and line.
    came: BTreeMap<(Id, Id), Vec<Receipt>>,
}

/// What is unspent of a fund period, by award and budget line.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period.
pub fn unspent(conn: &mut Conn, one: &YearEnd) -> Result<Unspent, Refusal> {
    let decided = store::decided_of(conn, one.period.id)?;
    let lines = lines_left(conn, one, &decided)?;
    let awards = worked_out::books(conn, one)?;
    let came = worked_out::came_back(conn, one, &awards.iter().map(|award| award.id).collect::<Vec<_>>())?;
    let decided_at = store::decided_at(conn, one.period.id)?;
    Ok(Unspent { lines, awards, decided: decided.into_iter().map(|(row, _)| row).collect(), decided_at, came })
}

/// What each budget line of a fund period has left, in the order in which the lines were made.
fn lines_left(conn: &mut Conn, one: &YearEnd, decided: &[(DecidedRow, NaiveDate)]) -> Result<Vec<LineLeft>, Refusal> {
    let free: HashMap<Id, Pence> = ledger::balances(conn, AccountKind::FundPeriod, one.period.id)?.into_iter().collect();
    let fund = funds::find(conn, one.period.facts.fund_id)?.and_then(|fund| fund.facts.unspent_rule);
    let lines = budget_lines::of_period(conn, one.period.id)?;
    let ids: Vec<Id> = lines.iter().map(|line| line.id).collect();
    let at_cut_off = worked_out::free_at_cut_off(conn, one, &ids)?;
    let awards = store::recovered(conn, &ids)?;
    let came = worked_out::came_back(conn, one, &awards)?;
    let decided_at = store::decided_at(conn, one.period.id)?;
    let left = |line: BudgetLine| {
        let sum = |counts: &dyn Fn(&DecidedRow, NaiveDate) -> bool| {
            let own = decided.iter().filter(|(row, on)| row.budget_line_id == line.id && counts(row, *on));
            own.map(|(row, _)| row.amount_pence).sum::<Pence>()
        };
        let is_recycled = |row: &DecidedRow| row.decision == UnspentRule::Recycle && row.money != UnspentMoney::WithProvider;
        let is_moved_later = |row: &DecidedRow, on: NaiveDate| row.transfer_id.is_some() && on > one.as_at();
        let (recycled, moved_later) = (sum(&|row, _| is_recycled(row)), sum(&is_moved_later));
        // What came back since was not free at the cut-off, though it is decided on in the same place.
        let back = back_of(decided, line.id, &decided_at, &came);
        let on_line = decided.iter().filter(|(row, on)| {
            row.budget_line_id == line.id && row.money == UnspentMoney::OnLine && (is_recycled(row) || is_moved_later(row, *on))
        });
        let on_line: Vec<(Moment, Pence)> =
            on_line.filter_map(|(row, _)| decided_at.get(&row.decision_id).map(|at| (*at, row.amount_pence))).collect();
        let by_then: Pence = back.iter().filter(|one| !one.is_later).map(|one| one.recycled).sum();
        let recycled = recycled + by_then - unspent::of_later(&on_line, &back);
        LineLeft {
            rule: unspent::rule_of(line.facts.terms.unspent_rule, fund),
            free: free.get(&line.id).copied().unwrap_or_default(),
            undecided: unspent::undecided(at_cut_off.get(&line.id).copied().unwrap_or_default(), recycled, moved_later),
            line,
        }
    };
    Ok(lines.into_iter().map(left).collect())
}

/// What came back of a budget line, and what decisions on it while it was with the provider made of it.
pub(super) fn back_of(
    decided: &[(DecidedRow, NaiveDate)],
    line: Id,
    decided_at: &HashMap<Id, Moment>,
    came: &BTreeMap<(Id, Id), Vec<Receipt>>,
) -> Vec<unspent::Back> {
    let of_award = |award: Id, receipts: &[Receipt]| {
        let is_of = |row: &DecidedRow| row.money == UnspentMoney::WithProvider && row.award_id == Some(award) && row.budget_line_id == line;
        let own = decided.iter().filter(|(row, _)| is_of(row));
        let with =
            |row: &DecidedRow| decided_at.get(&row.decision_id).map(|at| (*at, row.amount_pence, row.decision == UnspentRule::Recycle));
        let own: Vec<(Moment, Pence, bool)> = own.filter_map(|(row, _)| with(row)).collect();
        unspent::back(&own, receipts)
    };
    let of_line = came.iter().filter(|((_, of), _)| *of == line);
    of_line.flat_map(|((award, _), receipts)| of_award(*award, receipts)).collect()
}

/// Refuses to close a year while money that goes back to its funder was free at the cut-off and nobody decided on it: dated after the lock it could be offered
/// without consent.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] with the budget lines.
pub fn check_decided(conn: &mut Conn, one: &YearEnd) -> Result<(), Refusal> {
    let decided = store::decided_of(conn, one.period.id)?;
    let mut open = lines_left(conn, one, &decided)?;
    open.retain(|left| left.rule == Some(UnspentRule::ReturnToFunder) && left.undecided.is_positive());
    let all: Pence = open.iter().map(|left| left.undecided).sum();
    let ids: Vec<Id> = open.iter().map(|left| left.line.id).collect();
    rules::check_decided(all, &ids)
}

impl Unspent {
    /// What an award has of a line, paid and unspent, that nobody decided on yet, and of each decision what still has to come, in their order.
    #[must_use]
    pub fn with_provider(&self, award: Id, line: Id, unspent: Pence) -> (Pence, Vec<Pence>) {
        let own = left_with(&self.decided, (award, line));
        asked_back(unspent, &own, &self.decided_at, self.came.get(&(award, line)))
    }

    /// What came back of an award's line after the cut-off: it is on the line since.
    #[must_use]
    pub fn came_later(&self, award: Id, line: Id) -> Pence {
        self.came.get(&(award, line)).into_iter().flatten().filter(|one| one.is_later).map(|one| one.amount).sum()
    }

    /// What was decided on of an award's line.
    #[must_use]
    pub fn decided(&self, money: UnspentMoney, award: Id, line: Id) -> Pence {
        let is_of = |row: &&DecidedRow| row.money == money && row.award_id == Some(award) && row.budget_line_id == line;
        self.decided.iter().filter(is_of).map(|row| row.amount_pence).sum()
    }
}

/// What was decided of what an award's provider has left of a line, in its order.
fn left_with(rows: &[DecidedRow], (award, line): (Id, Id)) -> Vec<&DecidedRow> {
    let is_of = |row: &&DecidedRow| row.money == UnspentMoney::WithProvider && row.award_id == Some(award) && row.budget_line_id == line;
    rows.iter().filter(is_of).collect()
}

/// What of an amount with a provider nobody decided on yet, and of each decision what still has to come.
fn asked_back(
    unspent: Pence,
    decided: &[&DecidedRow],
    decided_at: &HashMap<Id, Moment>,
    came: Option<&Vec<Receipt>>,
) -> (Pence, Vec<Pence>) {
    let at = |row: &&DecidedRow| decided_at.get(&row.decision_id).map(|at| (*at, row.amount_pence));
    let decided: Vec<(Moment, Pence)> = decided.iter().filter_map(at).collect();
    unspent::asked_back(unspent, &decided, came.map(Vec::as_slice).unwrap_or_default())
}

fn facts_of(conn: &mut Conn, line: &BudgetLine, rule: Option<UnspentRule>) -> Result<LineFacts, Refusal> {
    let period = periods::find(conn, line.facts.fund_period_id)?.ok_or(Refusal::NotFound("fund period"))?;
    Ok(LineFacts {
        rule,
        source_id: line.facts.funding_source_id,
        fund_id: period.facts.fund_id,
        starts_on: period.facts.starts_on,
        is_confirmed: line.facts.terms.state.is_confirmed(),
    })
}

fn ground(conn: &mut Conn, one: &YearEnd, input: &UnspentDecisionInput, today: NaiveDate) -> Result<Ground, Refusal> {
    let found = unspent(conn, one)?;
    let mut ground = Ground { ends_on: one.period.facts.ends_on, today, ..Ground::default() };
    for left in &found.lines {
        let facts = facts_of(conn, &left.line, left.rule)?;
        ground.lines.insert(left.line.id, facts);
        ground.free.insert(left.line.id, left.free);
        ground.undecided.insert(left.line.id, left.undecided);
    }
    for award in &found.awards {
        for settled in award.settled() {
            let key = (award.id, settled.budget_line_id);
            let decided = found.decided(UnspentMoney::Released, award.id, settled.budget_line_id);
            ground.released.insert(key, (settled.of_line.released - decided).max(Pence::ZERO));
            ground.with_provider.insert(key, found.with_provider(award.id, settled.budget_line_id, settled.unspent).0);
        }
    }
    for to in input.lines.iter().filter_map(|line| line.to_budget_line_id) {
        if let Some(line) = budget_lines::find(conn, to)? {
            let facts = facts_of(conn, &line, line.facts.terms.unspent_rule)?;
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
pub fn decide(tx: &mut Tx<'_>, id: Id, input: &UnspentDecisionInput) -> Result<(DecisionRow, Vec<DecidedLine>), Refusal> {
    tx.touch(id);
    let one = get(tx.conn(), id)?;
    check(one.stage(), YearEndAct::Decide)?;
    let today = tx.today();
    let ground = ground(tx.conn(), &one, input, today)?;
    faults(input, &ground).into_result()?;
    let on = input.effective_on.unwrap_or_else(|| if one.is_closed() { today } else { one.as_at() });
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
    let with = |row: DecidedRow| {
        let to_ask_back = if row.money == UnspentMoney::WithProvider { row.amount_pence } else { Pence::ZERO };
        DecidedLine { row, to_ask_back }
    };
    Ok((decision, rows.into_iter().map(with).collect()))
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

/// A line of a decision, and what of it is still with the provider.
#[derive(Debug, Clone)]
pub struct DecidedLine {
    /// What was decided.
    pub row: DecidedRow,
    /// What still has to come back first.
    pub to_ask_back: Pence,
}

/// What still has to come of each line on money with a provider, by decision and place.
fn waiting(conn: &mut Conn, one: &YearEnd, rows: &[DecidedRow]) -> Result<HashMap<(Id, i32), Pence>, Refusal> {
    let is_with = |row: &DecidedRow| row.money == UnspentMoney::WithProvider;
    let keys: BTreeSet<(Id, Id)> =
        rows.iter().filter(|row| is_with(row)).filter_map(|row| Some((row.award_id?, row.budget_line_id))).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let came = worked_out::came_back(conn, one, &keys.iter().map(|(award, _)| *award).collect::<Vec<_>>())?;
    let decided_at = store::decided_at(conn, one.period.id)?;
    let all: Vec<DecidedRow> = store::decided_of(conn, one.period.id)?.into_iter().map(|(row, _)| row).collect();
    let mut waiting = HashMap::new();
    for key in keys {
        let own = left_with(&all, key);
        let (_, open) = asked_back(Pence::ZERO, &own, &decided_at, came.get(&key));
        waiting.extend(own.iter().zip(open).map(|(row, open)| ((row.decision_id, row.position), open)));
    }
    Ok(waiting)
}

/// A page of the decisions of a fund period, with their lines.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period; [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, id: Id, page: &PageRequest) -> Result<Page<(DecisionRow, Vec<DecidedLine>)>, Refusal> {
    let one = get(conn, id)?;
    let Page { items, next_cursor } = store::decisions_page(conn, id, page)?;
    let mut lines: BTreeMap<Id, Vec<DecidedLine>> = BTreeMap::new();
    let rows = store::decided_in(conn, &items.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let waiting = waiting(conn, &one, &rows)?;
    for row in rows {
        let to_ask_back = waiting.get(&(row.decision_id, row.position)).copied().unwrap_or_default();
        lines.entry(row.decision_id).or_default().push(DecidedLine { row, to_ask_back });
    }
    let with = |row: DecisionRow| {
        let own = lines.remove(&row.id).unwrap_or_default();
        (row, own)
    };
    Ok(Page { items: items.into_iter().map(with).collect(), next_cursor })
}
