//! Budget lines: money from one source into one fund period (R01 to R03, R10, R14, R27, R48).
//!
//! ```text
//! planned → provisional → confirmed → restated*   (or withdrawn)
//! ```
//!
//! A line is never overwritten: each change is a version with its own business date and reason. Only confirmed money moves. The
//! confirmation moves the amount from the source into the fund period, a restatement the difference. An **at-risk approval** lets a
//! line that is not confirmed be drawn on up to an amount and a day: that much moves before the confirmation, which then moves the
//! difference only.
//!
//! **A cut.** What the source takes back comes out of what is promised to nobody: first what is free in the fund period, then what is
//! set aside for tranches that are only planned, then earmarks, then what is left in tranches that were opened; of several the latest
//! first. What these don't hold is offered, committed or paid already, and stands as the line's **shortfall**: nothing new is offered
//! from the line until it is covered, by a restatement upwards or by money that comes back ([`cover_shortfall`]); [`shortfall`] says what it
//! is on each day. A withdrawal is a cut
//! to nothing. An at-risk approval that ends without confirmation is treated alike: what was promised under it is shortfall until the
//! line is confirmed.

pub mod acts;
pub mod routes;
pub mod rules;
pub mod shortfall;
mod store;

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::funds::record::Record;
use crate::kernel::{Id, Named, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::Conn;

pub use acts::cover_shortfall;
pub use rules::{AtRiskTerms, BudgetLineFacts, BudgetLineInput, BudgetLinePart, BudgetState, BudgetTerms};

/// A budget line in one version.
pub type BudgetLine = Record<BudgetLineFacts>;

/// The line as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<BudgetLine>, Refusal> {
    store::load(conn, id)
}

/// The lines of a fund period as they stand now, in the order in which they were made.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_period(conn: &mut Conn, period_id: Id) -> Result<Vec<BudgetLine>, Refusal> {
    store::of_period(conn, period_id)
}

/// The lines among `ids` by id, as other records show them: by reference and by the name of their source.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}

/// The fund period and the funding source of each line among `ids`, after its own id.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn parents(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, Id, Id)>, Refusal> {
    store::parents(conn, ids)
}

/// The days on which the money of these lines together may be spent (R14): from the first day of any of them to the last day of any. An
/// end is open where one of them leaves it open.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn window(conn: &mut Conn, ids: &[Id]) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Refusal> {
    let windows = store::windows(conn, ids)?;
    let opens_on: Option<Vec<NaiveDate>> = windows.iter().map(|(opens_on, _)| *opens_on).collect();
    let closes_on: Option<Vec<NaiveDate>> = windows.iter().map(|(_, closes_on)| *closes_on).collect();
    Ok((opens_on.and_then(|days| days.into_iter().min()), closes_on.and_then(|days| days.into_iter().max())))
}

/// Whether `amount` more may be offered from the line on `day`. Says nothing of balances, which the ledger checks.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`] for a withdrawn line; [`crate::kernel::Code::Shortfall`] while more is promised than the line
/// holds; [`crate::kernel::Code::NotConfirmed`] where neither a confirmation nor an at-risk approval covers the amount;
/// [`Refusal::NotFound`] without such a line.
pub fn may_offer(conn: &mut Conn, id: Id, amount: Pence, day: NaiveDate) -> Result<(), Refusal> {
    rules::may_offer(&standing(conn, id)?, amount, day)
}

/// How the line stands, as far as [`rules::may_offer`] asks: for what many awards together would be offered from it.
///
/// # Errors
/// [`Refusal::NotFound`] without such a line.
pub fn standing(conn: &mut Conn, id: Id) -> Result<rules::Standing, Refusal> {
    let line = find(conn, id)?.ok_or(Refusal::NotFound("budget line"))?;
    let state = line.facts.terms.state;
    // Only leave at risk has a limit of its own; adding up what is promised reads every account of the line.
    let approval = if state.is_unconfirmed() { store::open_approvals(conn, &[id])?.remove(&id) } else { None };
    let at_risk = approval.map(|approval| Ok::<_, Refusal>(rules::AtRisk { terms: approval.terms, promised: promised(conn, id)? }));
    Ok(rules::Standing {
        reference: line.facts.reference,
        state,
        shortfall: shortfall::totals(conn, &[id])?.remove(&id).unwrap_or_default(),
        at_risk: at_risk.transpose()?,
    })
}

/// What is offered, committed and paid from a line.
fn promised(conn: &mut Conn, id: Id) -> Result<Pence, Refusal> {
    Ok(promised_of(&store::sums_by_kind(conn, &[id])?, id))
}

fn promised_of(sums: &HashMap<(Id, AccountKind), Pence>, id: Id) -> Pence {
    let kinds = [AccountKind::Offered, AccountKind::Committed, AccountKind::Paid];
    kinds.iter().filter_map(|kind| sums.get(&(id, *kind))).copied().sum()
}

/// What can be set aside or awarded out of a fund period on `day`, by line: what is free of each line that is confirmed or approved
/// at risk.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn usable(conn: &mut Conn, period_id: Id, day: NaiveDate) -> Result<Vec<(Id, Pence)>, Refusal> {
    let lines = of_period(conn, period_id)?;
    let ids: Vec<Id> = lines.iter().map(|line| line.id).collect();
    let approvals = store::open_approvals(conn, &ids)?;
    let is_usable = |id: &Id| {
        let is_confirmed = lines.iter().any(|line| line.id == *id && line.facts.terms.state.is_confirmed());
        is_confirmed || approvals.get(id).is_some_and(|approval| approval.terms.is_in_force(day))
    };
    let balances = ledger::balances(conn, AccountKind::FundPeriod, period_id)?;
    Ok(balances.into_iter().filter(|(id, held)| held.is_positive() && is_usable(id)).collect())
}
