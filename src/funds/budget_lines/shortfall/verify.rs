//! Holding every line's shortfall against its budget and the ledger.

use crate::funds::budget_lines::shortfall::missing;
use crate::funds::budget_lines::store;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

/// How many lines are read at a time.
const BATCH: i64 = 200;

/// What a check of all budget lines found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShortfallCheck {
    /// How many lines there are.
    pub lines: usize,
    /// Each fault, in words.
    pub faults: Vec<String>,
}

/// Works out what each line is short of on each day, and holds it against what is recorded. Ask it inside one snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn verify(conn: &mut Conn) -> Result<ShortfallCheck, Refusal> {
    let mut check = ShortfallCheck::default();
    let mut after: Option<Id> = None;
    loop {
        let batch = store::after(conn, after, BATCH)?;
        let Some(last) = batch.last().map(|line| line.id) else { return Ok(check) };
        for line in &batch {
            check.lines += 1;
            let wrong = missing(conn, line)?;
            let told = wrong
                .iter()
                .map(|(day, change)| format!("budget line {}: from {day} on, its shortfall lacks {change}", line.facts.reference));
            check.faults.extend(told);
        }
        after = Some(last);
    }
}
