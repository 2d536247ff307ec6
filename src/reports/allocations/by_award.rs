//! The report by award as CSV, which goes out while awards are still read: an office may have more of them than it wants to hold at a time.
//!
//! Its rows are those of the whole book in the same order. Rows of one award stand together, so each page of awards is added up by itself; what belongs to no
//! award comes last.

use crate::kernel::Refusal;
use crate::reports::allocations::amounts::{AllocationRow, Scope, row};
use crate::reports::allocations::routes::{AllocationQuestion, Narrowed};
use crate::reports::answer::Csv;
use crate::reports::asked::At;
use crate::reports::book::rules::{Fact, Group, add_up};
use crate::reports::book::values::Values;
use crate::reports::book::{Dimension, Pages};
use crate::store::Conn;

/// Whether the rows that are asked for are listed by award, whatever else they are grouped by.
pub fn is_listed(question: &AllocationQuestion) -> bool {
    question.grouping().first() == Some(&Dimension::Award)
}

/// Makes the rows.
///
/// # Errors
/// A fault for each word that names nothing; [`Refusal::Store`] where the database fails.
pub fn rows(conn: &mut Conn, at: At, question: &AllocationQuestion, csv: &mut Csv<AllocationRow>) -> Result<(), Refusal> {
    let by = question.grouping();
    let narrowed = question.narrowing().narrowed(conn)?;
    let mut pages = Pages::begin(conn, at, question.needs(&by), csv.at_once())?;
    while let Some(facts) = pages.page(conn)? {
        csv.add(&added_up(&facts, pages.values(), &narrowed, &by));
        if pages.has_more() {
            csv.send()?;
        }
        if !csv.is_wanted() {
            return Ok(());
        }
    }
    let rest = pages.rest(conn)?;
    csv.add(&added_up(&rest, pages.values(), &narrowed, &by));
    // A table has no place to say so: JSON and a workbook do (`ledger_check`).
    if !pages.is_balanced(conn)? {
        tracing::error!(as_at = %at.as_at, known_at = %at.known_at, "a table by award does not agree with the ledger: run `almoner verify`");
    }
    Ok(())
}

/// The rows of these facts.
fn added_up(facts: &[Fact], values: &Values, narrowed: &Narrowed, by: &[Dimension]) -> Vec<AllocationRow> {
    let filter = narrowed.filter(values);
    let scope = Scope::new(&filter.dimensions().collect::<Vec<_>>(), by);
    let (mut groups, _) = add_up(facts, &filter, by);
    let order = values.order(by);
    groups.sort_by(|one, other| order.compare(&one.keys, &other.keys));
    let turn = |group: &Group| row(&group.keys, values, scope.amounts(&group.sums, false));
    groups.iter().map(turn).collect()
}
