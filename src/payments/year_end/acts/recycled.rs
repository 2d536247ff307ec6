//! Keeping money that goes back to its funder (R13) from being promised once it can be spent no more, unless somebody decided that it is recycled.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::funds;
use crate::funds::budget_lines;
use crate::funds::rules::UnspentRule;
use crate::kernel::{Event, Id, Pence, Refusal};
use crate::ledger::locks;
use crate::payments::year_end::acts::{YearEnd, decisions, get, worked_out};
use crate::payments::year_end::rules::unspent::{UnspentMoney, rule_of};
use crate::payments::year_end::rules::{YearEndStage, check_not_cut_off, check_recycled, last_day};
use crate::payments::year_end::store;
use crate::store::{Conn, Tx};

/// Follows money that is promised: after the last day on which it may be spent, only what was decided to be recycled is.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] with what is promised and what was recycled.
pub fn follow(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    let Event::MoneyPromised { budget_line_id, on } = event else { return Ok(()) };
    let line = budget_lines::find(tx.conn(), budget_line_id)?.ok_or(Refusal::NotFound("budget line"))?;
    let (own, period_id) = (line.facts.terms.unspent_rule, line.facts.fund_period_id);
    let fund = if own.is_some() { None } else { fund_rule(tx.conn(), period_id)? };
    if rule_of(own, fund) != Some(UnspentRule::ReturnToFunder) {
        return Ok(());
    }
    let one = get(tx.conn(), period_id)?;
    let cut_off_on = (one.stage() != YearEndStage::Open).then(|| one.as_at());
    // What was free at the cut-off is known once it was taken: an earlier day on the paper does not change it.
    check_not_cut_off((&line.facts.reference, line.id), on, cut_off_on)?;
    let last_day = last_day(line.facts.terms.window_ends_on, one.period.facts.ends_on, cut_off_on);
    if on <= last_day {
        return Ok(());
    }
    let (promised, recycled) = (promised_after(tx.conn(), line.id, last_day)?, recycled(tx.conn(), &one, line.id)?);
    check_recycled((&line.facts.reference, line.id), last_day, promised, recycled)
}

/// What the fund of a period says of unspent money, where it says anything.
fn fund_rule(conn: &mut Conn, period_id: Id) -> Result<Option<UnspentRule>, Refusal> {
    let period = funds::period(conn, period_id)?;
    Ok(funds::find(conn, period.facts.fund_id)?.and_then(|fund| fund.facts.unspent_rule))
}

/// What was decided to be recycled of a line, and of what was with providers then what has come back.
fn recycled(conn: &mut Conn, one: &YearEnd, line: Id) -> Result<Pence, Refusal> {
    let mut all = store::decided_of(conn, one.period.id)?;
    all.retain(|(row, _)| row.budget_line_id == line);
    let is_recycled = |row: &store::DecidedRow| row.decision == UnspentRule::Recycle;
    let is_here = |row: &store::DecidedRow| row.money != UnspentMoney::WithProvider;
    let here: Pence = all.iter().filter(|(row, _)| is_recycled(row) && is_here(row)).map(|(row, _)| row.amount_pence).sum();
    let away: BTreeSet<Id> = all.iter().filter(|(row, _)| is_recycled(row) && !is_here(row)).filter_map(|(row, _)| row.award_id).collect();
    if away.is_empty() {
        return Ok(here);
    }
    let came = worked_out::came_back(conn, one, &away.into_iter().collect::<Vec<_>>())?;
    let decided_at = store::decided_at(conn, one.period.id)?;
    let back = decisions::back_of(&all, line, &decided_at, &came);
    Ok(here + back.iter().map(|one| one.recycled).sum::<Pence>())
}

/// What awards were promised of a line after a day and did not give back before they took it up. An offer of before that lapses recycles nothing.
fn promised_after(conn: &mut Conn, line: Id, day: NaiveDate) -> Result<Pence, Refusal> {
    let back: HashMap<Id, Pence> = locks::given_back_after(conn, line, day)?.into_iter().collect();
    let left = |(award, sum): (Id, Pence)| (sum - back.get(&award).copied().unwrap_or_default()).max(Pence::ZERO);
    Ok(locks::promised_after(conn, line, day)?.into_iter().map(left).sum())
}
