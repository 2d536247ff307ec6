//! What is promised from a line beyond what it holds out, day by day.
//!
//! It is never reckoned by hand: whatever changed, the shortfall of each day is what the source has given until then less what the line
//! holds out on it ([`settle`]). So a cut that counts from an earlier day than the money that covers it stands as a shortfall in between,
//! and money that came back before a cut covers nothing of the days before it.

pub mod rules;
mod store;
pub mod verify;

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::funds::budget_lines::rules as line_rules;
use crate::funds::budget_lines::{BudgetLine, store as line_store};
use crate::kernel::{Id, Pence, Refusal};
use crate::store::{Conn, Tx};

/// What each of these lines is short of, once everything that is recorded has taken effect. Lines that are short of nothing may be left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn totals(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Pence>, Refusal> {
    store::totals(conn, ids)
}

/// What the source has given to a line in all, less what it took back or what was returned to it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn given(conn: &mut Conn, id: Id) -> Result<Pence, Refusal> {
    Ok(store::given(conn, id)?.into_iter().map(|(_, change)| change).sum())
}

/// How much of a line's shortfall may be covered from which day on: no more than is short on every later day too.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn coverable(conn: &mut Conn, id: Id, from: NaiveDate) -> Result<Vec<(NaiveDate, Pence)>, Refusal> {
    Ok(rules::coverable(&store::recorded(conn, id)?, from))
}

/// Brings what is recorded of a line's shortfall up to what its budget and the ledger say.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn settle(tx: &mut Tx<'_>, line: &BudgetLine) -> Result<(), Refusal> {
    let recorded_at = tx.recorded_at();
    for (day, change) in missing(tx.conn(), line)? {
        store::add(tx.conn(), line.id, change, (day, recorded_at))?;
    }
    Ok(())
}

/// What is recorded of a line's shortfall falls short of what it is by these changes; none where it is right.
fn missing(conn: &mut Conn, line: &BudgetLine) -> Result<Vec<(NaiveDate, Pence)>, Refusal> {
    let (terms, approvals) = line_store::history(conn, line.id)?;
    let days = terms.iter().map(|terms| terms.effective_on);
    let days = days.chain(approvals.iter().flat_map(|(approval, ended_on)| [Some(approval.approved_on), *ended_on].into_iter().flatten()));
    let held: Vec<(NaiveDate, Pence)> = days.map(|day| (day, line_rules::held_out_on(&terms, &approvals, day))).collect();
    let given = store::given(conn, line.id)?;
    Ok(rules::missing(&given, &held, &store::recorded(conn, line.id)?))
}
