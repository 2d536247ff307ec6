//! What a database that was filled must prove before it is kept: that its books and its log hold.

use crate::audit::verify::{AuditVerification, verify as verify_chain};
use crate::handover::refuse;
use crate::kernel::Refusal;
use crate::ledger::{self, LedgerCheck};
use crate::store::Conn;

/// How many differences of the ledger are named.
const NAMED_MAX: usize = 5;

/// The ledger of `whose`, where it holds.
pub(super) fn ledger(conn: &mut Conn, whose: &str) -> Result<LedgerCheck, Refusal> {
    let check = ledger::verify(conn)?;
    let Some(more) = check.faults.len().checked_sub(1) else { return Ok(check) };
    let named: Vec<&str> = check.faults.iter().take(NAMED_MAX).map(String::as_str).collect();
    let more = if more >= NAMED_MAX { format!("; {} more are not listed", more + 1 - NAMED_MAX) } else { String::new() };
    Err(refuse(format!(
        "The ledger of {whose} does not hold: {}{more}. `almoner verify` on the database that it comes from says whether it does there.",
        named.join("; ")
    )))
}

/// The chain of the audit log of `whose`, where it holds.
pub(super) fn chain(conn: &mut Conn, whose: &str) -> Result<AuditVerification, Refusal> {
    let found = verify_chain(conn)?;
    if found.intact {
        return Ok(found);
    }
    let first = found.first_break.as_ref().map(|one| format!("; link {} is the first that does not", one.sequence)).unwrap_or_default();
    let lost = found.missing_seal_count;
    let lost = if lost > 0 { format!("; {lost} events stand before the newest link and have none") } else { String::new() };
    Err(refuse(format!(
        "The audit log of {whose} does not hold{first}{lost}. `almoner verify` on the database that it comes from says whether it does there."
    )))
}
