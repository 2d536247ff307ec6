//! What decisions on unspent money moved into and out of budget lines, so that what is uncommitted is what is there.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{ledger_transfer as transfer, year_end_decision as decision, year_end_decision_line as decided};

/// What was moved into and out of a budget line at the end of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Carried in from the year before.
    carried_in: Pence,
    /// Carried on into the next year.
    carried_on: Pence,
    /// Given back to the source.
    returned: Pence,
    /// What the source had given in all, less what went back to it for whatever reason.
    given: Pence,
}

impl Moved {
    /// What has to be added to a budget, below nothing where it is less. A budget that was restated to what is left after the return has lost it already.
    #[must_use]
    pub fn beside(self, budgeted: Pence) -> Pence {
        let gone = self.returned.min((budgeted - self.given).max(Pence::ZERO));
        self.carried_in - self.carried_on - gone
    }
}

/// By budget line, of the few that have any such movement.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn moved(conn: &mut Conn, at: At) -> Result<HashMap<Id, Moved>, Refusal> {
    let rows: Vec<(Id, Option<Id>, Pence)> = on!(conn, c => decided::table
        .inner_join(decision::table.on(decision::id.eq(decided::decision_id)))
        .filter(decided::transfer_id.is_not_null())
        .filter(decision::recorded_at.le(at.known_at).and(decision::effective_on.le(at.as_at)))
        .filter(decided::decision.ne("recycle"))
        .select((decided::budget_line_id, decided::to_budget_line_id, decided::amount_pence)).load(c))?;
    let mut moved: HashMap<Id, Moved> = HashMap::new();
    for (from, to, amount) in rows {
        let own = moved.entry(from).or_default();
        match to {
            Some(to) => {
                own.carried_on = own.carried_on + amount;
                let into = moved.entry(to).or_default();
                into.carried_in = into.carried_in + amount;
            }
            None => own.returned = own.returned + amount,
        }
    }
    let lines: Vec<Id> = moved.iter().filter(|(_, own)| own.returned.is_positive()).map(|(id, _)| *id).collect();
    for (line, is_given, amount) in between(conn, at, &lines)? {
        let own = moved.entry(line).or_default();
        own.given = if is_given { own.given + amount } else { own.given - amount };
    }
    Ok(moved)
}

/// Movements between these lines' sources and their fund periods, and whether each was given.
fn between(conn: &mut Conn, at: At, lines: &[Id]) -> Result<Vec<(Id, bool, Pence)>, Refusal> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let source = AccountKind::Source;
    Ok(on!(conn, c => transfer::table
        .filter(transfer::budget_line_id.eq_any(lines))
        .filter(transfer::debit_kind.eq(source).or(transfer::credit_kind.eq(source)))
        .filter(transfer::recorded_at.le(at.known_at).and(transfer::effective_on.le(at.as_at)))
        .select((transfer::budget_line_id, transfer::debit_kind.eq(source), transfer::amount_pence)).load(c))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_back_is_taken_off_the_budget_once() {
        let moved = Moved { carried_in: Pence(5), carried_on: Pence(7), returned: Pence(20), given: Pence(80) };
        assert_eq!(moved.beside(Pence(100)), Pence(-22));
        // The line was restated to what is left: only what was carried counts.
        assert_eq!(moved.beside(Pence(80)), Pence(-2));
        assert_eq!(moved.beside(Pence(90)), Pence(-12));
        assert_eq!(moved.beside(Pence(50)), Pence(-2));
    }
}
