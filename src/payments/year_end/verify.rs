//! Holding year ends against their hashes, the ledger and the log.

use crate::audit;
use crate::kernel::{Id, Refusal};
use crate::ledger::locks;
use crate::payments::year_end::acts::{get, journals, statements};
use crate::payments::year_end::rules::books::JournalLine;
use crate::payments::year_end::store;
use crate::returns::freeze::rules::hex;
use crate::store::Conn;

/// How many journals are read at a time.
const BATCH: i64 = 200;
/// Where the log has the hash of a statement: after which act, and at which place.
const CLOSED: &str = "year_end.make_final";
const LOGGED: &str = "/statement_sha256";

/// What a check of all year ends found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct YearEndCheck {
    /// How many years are closed.
    pub closed: usize,
    /// How many journals were approved.
    pub journals: usize,
    /// Each fault, in words.
    pub faults: Vec<String>,
}

/// Works every frozen statement out again from the ledger, holds hashes against what was kept and what the log says, decisions against their movements,
/// and reversals against what they reverse. Ask it inside one snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn verify(conn: &mut Conn) -> Result<YearEndCheck, Refusal> {
    let mut check = YearEndCheck::default();
    for id in store::begun(conn)? {
        check.period(conn, id)?;
    }
    let mut after: Option<Id> = None;
    loop {
        let batch = store::journals_after(conn, after, BATCH)?;
        let Some(last) = batch.last().map(|row| row.id) else { return Ok(check) };
        for row in &batch {
            check.journal(conn, row.id, row.reversal_of)?;
        }
        after = Some(last);
    }
}

impl YearEndCheck {
    fn period(&mut self, conn: &mut Conn, id: Id) -> Result<(), Refusal> {
        let one = get(conn, id)?;
        let code = &one.named.code;
        if let Some((text, sha256)) = store::statement(conn, id)? {
            self.closed += 1;
            if hex(text.as_bytes()) != sha256 {
                self.faults.push(format!("{code}: its closing statement is not what was frozen"));
            }
            if statements::canonical(&statements::worked_out(conn, &one)?)? != text {
                self.faults.push(format!("{code}: the ledger says something else than its closing statement"));
            }
            if !audit::says(conn, (id, CLOSED), LOGGED, &sha256)? {
                self.faults.push(format!("{code}: the log has another hash of its closing statement"));
            }
        } else if one.is_closed() {
            self.faults.push(format!("{code}: it is closed and has no closing statement"));
        }
        let decided = store::decided_of(conn, id)?;
        let moved = locks::of_ids(conn, &decided.iter().filter_map(|(row, _)| row.transfer_id).collect::<Vec<_>>())?;
        for (row, on) in &decided {
            let Some(transfer) = row.transfer_id else { continue };
            let holds = moved.iter().any(|one| {
                one.id == transfer && one.amount == row.amount_pence && one.budget_line_id == row.budget_line_id && one.effective_on == *on
            });
            if !holds {
                self.faults.push(format!("{code}: the decision {} says something else than the movement {transfer}", row.decision_id));
            }
        }
        Ok(())
    }

    fn journal(&mut self, conn: &mut Conn, id: Id, reversal_of: Option<Id>) -> Result<(), Refusal> {
        let one = journals::get(conn, id)?;
        if one.version() > 1 || reversal_of.is_some() {
            self.journals += 1;
        }
        if let Some((text, sha256)) = store::file_of(conn, id)?
            && hex(text.as_bytes()) != sha256
        {
            self.faults.push(format!("the file of {} is not what was exported", one.row.reference));
        }
        let Some(of) = reversal_of else { return Ok(()) };
        let lines = store::lines(conn, &[of])?.remove(&of).unwrap_or_default();
        let opposite: Vec<JournalLine> = lines.into_iter().map(|line| JournalLine { amount: -line.amount, ..line }).collect();
        if opposite != one.lines {
            self.faults.push(format!("{} is not the opposite of what it reverses", one.row.reference));
        }
        Ok(())
    }
}
