//! Keeping money that goes back to its funder (R13) from being promised once it can be spent no more, unless somebody decided that it is recycled.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::funds;
use crate::funds::budget_lines::{self, BudgetLine};
use crate::funds::rules::UnspentRule;
use crate::kernel::{Event, Id, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::ledger::locks::{self, Moved};
use crate::payments::year_end::acts::{YearEnd, get};
use crate::payments::year_end::rules::unspent::{UnspentMoney, rule_of};
use crate::payments::year_end::rules::{YearEndStage, check_recycled, last_day};
use crate::payments::year_end::store;
use crate::store::{Conn, Tx};

/// Follows money that is promised: after the last day on which it may be spent, only what was decided to be recycled is.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] with what is promised and what was recycled.
pub fn follow(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    let Event::MoneyPromised { budget_line_id, on } = event else { return Ok(()) };
    let line = budget_lines::find(tx.conn(), budget_line_id)?.ok_or(Refusal::NotFound("budget line"))?;
    let one = get(tx.conn(), line.facts.fund_period_id)?;
    let fund = funds::find(tx.conn(), one.period.facts.fund_id)?.and_then(|fund| fund.facts.unspent_rule);
    if rule_of(line.facts.terms.unspent_rule, fund) != Some(UnspentRule::ReturnToFunder) {
        return Ok(());
    }
    let cut_off_on = (one.stage() != YearEndStage::Open).then(|| one.as_at());
    let last_day = last_day(line.facts.terms.window_ends_on, one.period.facts.ends_on, cut_off_on);
    if on <= last_day {
        return Ok(());
    }
    let (promised, recycled) = (promised_after(tx.conn(), &line, last_day)?, recycled(tx.conn(), &one, line.id)?);
    check_recycled((&line.facts.reference, line.id), last_day, promised, recycled)
}

/// What was decided to be recycled of a line.
fn recycled(conn: &mut Conn, one: &YearEnd, line: Id) -> Result<Pence, Refusal> {
    let all = store::decided_of(conn, one.period.id)?;
    let is_kept = |row: &store::DecidedRow| {
        row.budget_line_id == line && row.decision == UnspentRule::Recycle && row.money != UnspentMoney::WithProvider
    };
    Ok(all.iter().filter(|(row, _)| is_kept(row)).map(|(row, _)| row.amount_pence).sum())
}

/// What awards were promised of a line after a day and did not give back before they took it up.
fn promised_after(conn: &mut Conn, line: &BudgetLine, day: NaiveDate) -> Result<Pence, Refusal> {
    let is_held = |kind: AccountKind| matches!(kind, AccountKind::Offered | AccountKind::Committed);
    let is_free = |kind: AccountKind| matches!(kind, AccountKind::FundPeriod | AccountKind::Tranche | AccountKind::Earmark);
    let mut by_award: HashMap<Id, Pence> = HashMap::new();
    for row in locks::moved_after(conn, line.id, day)? {
        let Moved { from_kind, from_id, to_kind, to_id, amount, .. } = row;
        if is_free(from_kind) && is_held(to_kind) {
            let sum = by_award.entry(to_id).or_default();
            *sum = *sum + amount;
        } else if from_kind == AccountKind::Offered && is_free(to_kind) {
            let sum = by_award.entry(from_id).or_default();
            *sum = *sum - amount;
        }
    }
    // An offer of before that lapses recycles nothing.
    Ok(by_award.into_values().map(|sum| sum.max(Pence::ZERO)).sum())
}
