//! What is done to budget lines: each act writes a version, moves what money follows from it, and logs both.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::audit;
use crate::funds::budget_lines::rules::{
    self, AtRiskApproval, AtRiskInput, AtRiskOutcome, AtRiskTerms, BudgetConfirmation, BudgetLineFacts, BudgetLineInput, BudgetLinePart,
    BudgetRestatement, BudgetState, BudgetTerms, BudgetWithdrawal, Free, Place, Plan,
};
use crate::funds::budget_lines::{BudgetLine, find, shortfall, store, usable};
use crate::funds::record::{self, Facts, Record};
use crate::funds::{earmarks, periods, sources, tranches};
use crate::kernel::{Code, Faults, FigureNote, Id, Pence, Provenance, Refusal};
use crate::ledger::{self, Account, AccountKind, Movement, locks};
use crate::store::{Conn, Tx};

impl Facts for BudgetLineFacts {
    const KIND: &'static str = "budget_line";

    fn identity(&self) -> String {
        format!("The reference {}", self.reference)
    }

    fn reason(&self) -> Option<&str> {
        self.terms.reason.as_deref()
    }

    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, provenance: &Provenance) -> Result<Faults, Refusal> {
        let mut faults = rules::faults(&self.terms, before.map(|before| &before.facts.terms));
        let is_told = self.terms.internal_pence.is_some() || provenance.lacks("internal_amount");
        faults.require(is_told, "/internal_pence", "required", "Say how much of the line is for internal use, nothing if none is (R12).");
        if before.is_none() {
            let is_known = sources::find(conn, self.funding_source_id)?.is_some();
            faults.require(is_known, "/funding_source_id", "unknown_record", "There is no such funding source.");
        }
        Ok(faults)
    }

    fn load(conn: &mut Conn, id: Id) -> Result<Option<Record<Self>>, Refusal> {
        store::load(conn, id)
    }

    fn begin(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::begin(conn, record)
    }

    fn advance(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::advance(conn, record)
    }

    fn add_version(conn: &mut Conn, record: &Record<Self>) -> Result<(), Refusal> {
        store::add_version(conn, record)
    }
}

/// Makes a budget line in any state, and moves its money where it is confirmed.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period; [`Code::YearLocked`] where its year is closed on that day; every fault of the version.
pub fn record(tx: &mut Tx<'_>, period_id: Id, source_id: Id, terms: &BudgetTerms, provenance: &Provenance) -> Result<BudgetLine, Refusal> {
    tx.touch(period_id);
    let period = periods::named(tx.conn(), &[period_id])?.remove(&period_id).ok_or(Refusal::NotFound("fund period"))?;
    locks::check_day(tx.conn(), period_id, terms.effective_on)?;
    let number = store::count(tx.conn(), period_id)? + 1;
    let facts = BudgetLineFacts {
        reference: format!("{}-B{number}", period.code),
        fund_period_id: period_id,
        funding_source_id: source_id,
        recorded_by: tx.actor().id,
        terms: terms.clone(),
    };
    let line = record::create(tx, &facts, provenance)?;
    change_held_out(tx, &line, (Pence::ZERO, rules::held_out(terms, None)), terms.effective_on)?;
    Ok(line)
}

/// Makes a budget line that is planned or provisional.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period; every fault of the input.
pub fn create(tx: &mut Tx<'_>, period_id: Id, input: &BudgetLineInput) -> Result<BudgetLine, Refusal> {
    record(tx, period_id, input.funding_source_id, &input.terms(), &Provenance::default())
}

/// Gives a line a later version in any state that may follow, and moves the difference.
///
/// # Errors
/// [`Code::WrongState`] where that state may not follow; every fault of the version.
pub fn revise(tx: &mut Tx<'_>, id: Id, terms: &BudgetTerms, provenance: &Provenance) -> Result<BudgetLine, Refusal> {
    let before = find(tx.conn(), id)?.ok_or(Refusal::NotFound("budget line"))?;
    step(tx, &before, terms.clone(), provenance)
}

/// Changes a line that is not confirmed yet.
///
/// # Errors
/// [`Code::WrongState`] once it is confirmed or withdrawn; [`Refusal::Stale`]; every fault of the result.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&BudgetLineInput) -> Result<BudgetLineInput, Refusal>,
) -> Result<BudgetLine, Refusal> {
    let before = at_version(tx, id, version)?;
    let current = BudgetLineInput::of(&before.facts)?;
    let input = change(&current)?;
    if input.funding_source_id != current.funding_source_id {
        let message = "The source of a budget line stays as it is: withdraw this line and make another.";
        return Err(Refusal::invalid("/funding_source_id", "fixed", message));
    }
    if input == current {
        return Ok(before);
    }
    let provenance = record::still_lacking(&before, &BudgetLineFacts { terms: input.terms(), ..before.facts.clone() })?;
    step(tx, &before, input.terms(), &provenance)
}

/// Confirms a line: its money is in the fund period from then on. What was approved at risk is there already.
///
/// # Errors
/// [`Code::WrongState`] unless it is planned or provisional; [`Refusal::Stale`]; every fault of the input.
pub fn confirm(tx: &mut Tx<'_>, id: Id, version: i32, input: &BudgetConfirmation) -> Result<BudgetLine, Refusal> {
    let before = at_version(tx, id, version)?;
    if !before.facts.terms.state.is_unconfirmed() {
        return Err(Refusal::wrong_state("budget line", before.facts.terms.state, "confirmed"));
    }
    let terms = BudgetTerms {
        state: BudgetState::Confirmed,
        amount_pence: input.amount_pence.unwrap_or(before.facts.terms.amount_pence),
        internal_pence: input.internal_pence.or(before.facts.terms.internal_pence),
        figure: if input.amount_pence.is_some() { FigureNote::default() } else { before.facts.terms.figure.clone() },
        effective_on: input.effective_on.unwrap_or_else(|| tx.today()),
        reason: input.reason.clone(),
        ..before.facts.terms.clone()
    };
    decided(tx, &before, terms, input.evidence.clone())
}

/// Gives a confirmed line another amount. More goes into the fund period; less comes out of it, and what is promised already stands
/// as the line's shortfall.
///
/// # Errors
/// [`Code::WrongState`] unless it is confirmed; [`Refusal::Stale`]; every fault of the input.
pub fn restate(tx: &mut Tx<'_>, id: Id, version: i32, input: &BudgetRestatement) -> Result<BudgetLine, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = before.facts.terms.clone();
    if !old.state.is_confirmed() {
        return Err(Refusal::wrong_state("budget line", old.state, "restated"));
    }
    let terms = BudgetTerms {
        state: BudgetState::Restated,
        amount_pence: input.amount_pence,
        internal_pence: input.internal_pence.or(old.internal_pence),
        figure: FigureNote::default(),
        effective_on: input.effective_on.unwrap_or_else(|| tx.today()),
        conditions: input.conditions.clone().or(old.conditions),
        window_starts_on: input.window_starts_on.or(old.window_starts_on),
        window_ends_on: input.window_ends_on.or(old.window_ends_on),
        unspent_rule: old.unspent_rule,
        reason: Some(input.reason.clone()),
    };
    decided(tx, &before, terms, input.evidence.clone())
}

/// Withdraws a line: what is free goes back, and what is promised already stands as its shortfall.
///
/// # Errors
/// [`Code::WrongState`] where it is withdrawn already; [`Refusal::Stale`]; every fault of the input.
pub fn withdraw(tx: &mut Tx<'_>, id: Id, version: i32, input: &BudgetWithdrawal) -> Result<BudgetLine, Refusal> {
    let before = at_version(tx, id, version)?;
    let terms = BudgetTerms {
        state: BudgetState::Withdrawn,
        amount_pence: Pence::ZERO,
        internal_pence: Some(Pence::ZERO),
        figure: FigureNote::default(),
        effective_on: input.effective_on.unwrap_or_else(|| tx.today()),
        reason: Some(input.reason.clone()),
        ..before.facts.terms.clone()
    };
    decided(tx, &before, terms, input.evidence.clone())
}

/// Approves that something is committed against a line that is not confirmed (R48). Whoever wrote the line may not.
///
/// # Errors
/// [`Code::SamePerson`]; [`Code::WrongState`] unless the line is planned or provisional; [`Refusal::Stale`]; every fault.
pub fn approve_at_risk(tx: &mut Tx<'_>, id: Id, version: i32, input: &AtRiskInput) -> Result<BudgetLine, Refusal> {
    let line = at_version(tx, id, version)?;
    let authors = store::authors(tx.conn(), &[id])?;
    if tx.actor().id.is_some_and(|actor| authors.contains(&(id, actor))) {
        return Err(Refusal::rule(Code::SamePerson, "You wrote a version of this budget line, so somebody else must approve its risk."));
    }
    let terms = AtRiskTerms {
        amount_pence: input.amount_pence,
        approved_on: tx.today(),
        until: Some(input.until),
        reason: input.reason.clone(),
        figure: FigureNote::default(),
    };
    record_at_risk(tx, id, &terms, &Provenance::default())?;
    again(tx, &line)
}

/// The line once more, as it is: its approval is another one now, so whoever saw the line before has not seen this.
fn again(tx: &mut Tx<'_>, line: &BudgetLine) -> Result<BudgetLine, Refusal> {
    record::add(tx, line, line.facts.clone(), line.provenance.clone())
}

/// Keeps an at-risk approval. It takes the place of an earlier one; the money that it makes usable moves into the fund period.
///
/// # Errors
/// [`Code::WrongState`] unless the line is planned or provisional; [`Code::YearLocked`] where the year of its money is closed on that day; every fault of
/// the approval.
pub fn record_at_risk(tx: &mut Tx<'_>, id: Id, terms: &AtRiskTerms, provenance: &Provenance) -> Result<AtRiskApproval, Refusal> {
    let line = find(tx.conn(), id)?.ok_or(Refusal::NotFound("budget line"))?;
    if !line.facts.terms.state.is_unconfirmed() {
        return Err(Refusal::wrong_state("budget line", line.facts.terms.state, "approved at risk"));
    }
    rules::at_risk_faults(terms, line.facts.terms.available()).into_result()?;
    locks::check_day(tx.conn(), line.facts.fund_period_id, terms.approved_on)?;
    let before = store::open_approvals(tx.conn(), &[id])?.remove(&id);
    if let Some(before) = &before {
        end(tx, before, AtRiskOutcome::Replaced, terms.approved_on)?;
    }
    let actor = tx.actor();
    let approval = AtRiskApproval {
        id: tx.new_id(),
        recorded_at: tx.recorded_at(),
        terms: terms.clone(),
        approved_by: actor.id,
        approved_by_name: actor.name.clone(),
        provenance: provenance.clone(),
    };
    store::add_approval(tx.conn(), id, &approval)?;
    let after = json!({ "budget_line_id": id, "amount_pence": terms.amount_pence, "approved_on": terms.approved_on, "until": terms.until });
    let reason = Some(terms.reason.clone());
    audit::record(tx, audit::Entry { record_kind: "at_risk_approval", record_id: approval.id, before: Value::Null, after, reason })?;
    let held_before = rules::held_out(&line.facts.terms, before.as_ref().map(|before| &before.terms));
    change_held_out(tx, &line, (held_before, terms.amount_pence), terms.approved_on)?;
    Ok(approval)
}

/// The budget lines after the one `after` with an at-risk approval whose last day has passed, by id; none where there are no more.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn expired(conn: &mut Conn, today: NaiveDate, after: Option<Id>) -> Result<Vec<Id>, Refusal> {
    store::expired(conn, today, after)
}

/// Ends the at-risk approval of a line where its last day has passed: what is still free goes back to its source, and what was promised
/// under it stands as shortfall until the line is confirmed. Says whether it ended now.
///
/// # Errors
/// [`Refusal::NotFound`] without such a line; whatever the ledger refuses.
pub fn end_expired(tx: &mut Tx<'_>, id: Id) -> Result<bool, Refusal> {
    let today = tx.today();
    let line = find(tx.conn(), id)?.ok_or(Refusal::NotFound("budget line"))?;
    let open = store::open_approvals(tx.conn(), &[id])?.remove(&id);
    let Some(approval) = open.filter(|approval| approval.terms.until.is_some_and(|until| until < today)) else { return Ok(false) };
    // It still counts on its last day.
    let expired_on = approval.terms.until.and_then(|last_day| last_day.succ_opt()).unwrap_or(today);
    let period = line.facts.fund_period_id;
    let ended_on = locks::open_day(tx.conn(), period, expired_on)?;
    // Where the year was closed meanwhile, the money goes back on the first day after it, once that is there.
    if ended_on > today {
        return Ok(false);
    }
    end(tx, &approval, AtRiskOutcome::Expired, ended_on)?;
    change_held_out(tx, &line, (approval.terms.amount_pence, Pence::ZERO), ended_on)?;
    if ended_on > expired_on {
        locks::refer(
            tx,
            period,
            (AccountKind::FundPeriod, period),
            &format!("The approval at risk ended on {expired_on}, in the closed year."),
        )?;
    }
    again(tx, &line)?;
    Ok(true)
}

/// Covers a line's shortfall with whatever is free, now that money has come back into its fund period, a tranche or an earmark. No part of
/// it is covered before the day from which it is short. Does nothing where there is no shortfall.
///
/// # Errors
/// [`Refusal::NotFound`] without such a line; [`Refusal::Store`] where the database fails.
pub fn cover_shortfall(tx: &mut Tx<'_>, id: Id, on: NaiveDate) -> Result<(), Refusal> {
    if !shortfall::totals(tx.conn(), &[id])?.remove(&id).is_some_and(Pence::is_positive) {
        return Ok(());
    }
    let line = find(tx.conn(), id)?.ok_or(Refusal::NotFound("budget line"))?;
    for (day, short) in shortfall::coverable(tx.conn(), id, on)? {
        let free = free_for_a_cut(tx.conn(), id)?;
        let balances: Vec<Pence> = free.iter().map(|one| one.balance).collect();
        carry_out(tx, &line, &free, &rules::cover(short, &balances), day)?;
    }
    shortfall::settle(tx, &line)
}

/// Somewhere that money of a fund period is set aside.
#[derive(Debug, Clone, Copy)]
pub struct Aside {
    /// Earmark or tranche.
    pub kind: AccountKind,
    /// Which one.
    pub record_id: Id,
    /// The fund period whose money it is.
    pub fund_period_id: Id,
}

/// Sets money of a fund period aside: as `wanted`, or in proportion to what each line has free.
///
/// # Errors
/// [`Code::InsufficientBalance`] where the period has less; every fault of the parts that are wanted.
pub fn set_aside(tx: &mut Tx<'_>, to: Aside, amount: Pence, wanted: Option<&[BudgetLinePart]>, on: NaiveDate) -> Result<(), Refusal> {
    tx.touch(to.fund_period_id);
    let usable = usable(tx.conn(), to.fund_period_id, on)?;
    for (budget_line_id, amount) in rules::parts_of(amount, wanted, &usable, AccountKind::FundPeriod.title())? {
        let from = Account { kind: AccountKind::FundPeriod, record_id: to.fund_period_id, budget_line_id };
        let to = Account { kind: to.kind, record_id: to.record_id, budget_line_id };
        ledger::transfer(tx, &Movement { from, to, amount, effective_on: on })?;
    }
    Ok(())
}

/// Brings money that was set aside back into its fund period, all that is left where no amount is given, and covers with it what the
/// lines are short of. Says how much came back.
///
/// # Errors
/// [`Code::InsufficientBalance`] where less is left, or was there on that day or is left on a later one.
pub fn bring_back(tx: &mut Tx<'_>, from: Aside, amount: Option<Pence>, on: NaiveDate) -> Result<Pence, Refusal> {
    tx.touch(from.fund_period_id);
    let held: Vec<(Id, Pence)> = ledger::balances(tx.conn(), from.kind, from.record_id)?;
    let amount = amount.unwrap_or_else(|| held.iter().map(|(_, held)| *held).sum());
    for (budget_line_id, part) in rules::parts_of(amount, None, &held, from.kind.title())? {
        let account = Account { kind: from.kind, record_id: from.record_id, budget_line_id };
        let to = Account { kind: AccountKind::FundPeriod, record_id: from.fund_period_id, budget_line_id };
        ledger::transfer(tx, &Movement { from: account, to, amount: part, effective_on: on })?;
        cover_shortfall(tx, budget_line_id, on)?;
    }
    Ok(amount)
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<BudgetLine, Refusal> {
    let line = find(tx.conn(), id)?.ok_or(Refusal::NotFound("budget line"))?;
    if line.version == version { Ok(line) } else { Err(Refusal::Stale) }
}

/// The next version, as its source decided it: what was not evidenced before is now, save what stays as it was.
fn decided(tx: &mut Tx<'_>, before: &BudgetLine, terms: BudgetTerms, evidence: Option<String>) -> Result<BudgetLine, Refusal> {
    let lacking = record::still_lacking(before, &BudgetLineFacts { terms: terms.clone(), ..before.facts.clone() })?;
    step(tx, before, terms, &Provenance { evidence, ..lacking })
}

fn step(tx: &mut Tx<'_>, before: &BudgetLine, terms: BudgetTerms, provenance: &Provenance) -> Result<BudgetLine, Refusal> {
    let (id, old) = (before.id, &before.facts.terms);
    if !old.state.may_become(terms.state) {
        return Err(Refusal::wrong_state("budget line", old.state, &format!("made {}", terms.state)));
    }
    locks::check_day(tx.conn(), before.facts.fund_period_id, terms.effective_on)?;
    let approval = store::open_approvals(tx.conn(), &[id])?.remove(&id);
    let at_risk = approval.as_ref().map(|approval| &approval.terms);
    if terms.state.is_unconfirmed() && at_risk.is_some_and(|at_risk| at_risk.amount_pence > terms.available()) {
        return Err(Refusal::invalid(
            "/amount_pence",
            "below_at_risk",
            "More than what could be commissioned of this is approved at risk. Have a lower risk approved first.",
        ));
    }
    let (held_before, held_after) = (rules::held_out(old, at_risk), rules::held_out(&terms, at_risk));
    let facts = BudgetLineFacts { terms, recorded_by: tx.actor().id, ..before.facts.clone() };
    let after = record::replace(tx, id, &facts, provenance)?;
    let (state, on) = (after.facts.terms.state, after.facts.terms.effective_on);
    if let Some(approval) = approval.filter(|_| !state.is_unconfirmed()) {
        let outcome = if state == BudgetState::Withdrawn { AtRiskOutcome::Withdrawn } else { AtRiskOutcome::Confirmed };
        end(tx, &approval, outcome, on.max(approval.terms.approved_on))?;
    }
    change_held_out(tx, &after, (held_before, held_after), on)?;
    Ok(after)
}

fn end(tx: &mut Tx<'_>, approval: &AtRiskApproval, outcome: AtRiskOutcome, on: NaiveDate) -> Result<(), Refusal> {
    let recorded_at = tx.recorded_at();
    store::end_approval(tx.conn(), approval.id, outcome, on, recorded_at)?;
    let (before, after) = (json!({ "outcome": Value::Null }), json!({ "outcome": outcome, "ended_on": on }));
    audit::record(tx, audit::Entry { record_kind: "at_risk_approval", record_id: approval.id, before, after, reason: None }).map(|_| ())
}

fn free_for_a_cut(conn: &mut Conn, id: Id) -> Result<Vec<Free>, Refusal> {
    let mut free = store::free(conn, id)?;
    rules::sort_for_a_cut(&mut free);
    Ok(free)
}

/// Moves what follows where the line holds out `after`, and did `before`.
fn change_held_out(tx: &mut Tx<'_>, line: &BudgetLine, (before, after): (Pence, Pence), on: NaiveDate) -> Result<(), Refusal> {
    if before == after {
        return Ok(());
    }
    tx.touch(line.facts.fund_period_id);
    let short = shortfall::totals(tx.conn(), &[line.id])?.remove(&line.id).unwrap_or_default();
    let free = free_for_a_cut(tx.conn(), line.id)?;
    let balances: Vec<Pence> = free.iter().map(|one| one.balance).collect();
    let beyond = shortfall::given(tx.conn(), line.id)? - after;
    carry_out(tx, line, &free, &rules::plan(after - before, short, beyond, &balances), on)?;
    shortfall::settle(tx, line)
}

/// Moves what a plan says. A tranche or an earmark from which something is taken says so itself, with a version and an event of its own.
fn carry_out(tx: &mut Tx<'_>, line: &BudgetLine, free: &[Free], plan: &Plan, on: NaiveDate) -> Result<(), Refusal> {
    let account = |kind, record_id| Account { kind, record_id, budget_line_id: line.id };
    let source = account(AccountKind::Source, line.facts.funding_source_id);
    if plan.give.is_positive() {
        let to = account(AccountKind::FundPeriod, line.facts.fund_period_id);
        ledger::transfer(tx, &Movement { from: source, to, amount: plan.give, effective_on: on })?;
    }
    for (one, amount) in free.iter().zip(&plan.take).filter(|(_, amount)| amount.is_positive()) {
        let kind = match one.place {
            Place::FundPeriod => AccountKind::FundPeriod,
            Place::PlannedTranche | Place::OpenedTranche => AccountKind::Tranche,
            Place::Earmark => AccountKind::Earmark,
        };
        let from = account(kind, one.record_id);
        // Money cannot leave before it came, so that no account is below zero on any day.
        let effective_on = store::last_arrival(tx.conn(), &from)?.map_or(on, |arrival| arrival.max(on));
        ledger::transfer(tx, &Movement { from, to: source, amount: *amount, effective_on })?;
        let reason = format!("{amount} went back to the source of the budget line {}.", line.facts.reference);
        match kind {
            AccountKind::Tranche => tranches::acts::cut(tx, one.record_id, *amount, &reason)?,
            AccountKind::Earmark => earmarks::acts::cut(tx, one.record_id, *amount, &reason)?,
            _ => {}
        }
    }
    Ok(())
}
