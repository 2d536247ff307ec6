//! `almoner verify`: the books, the budgets, the accepted returns and the log, computed again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::audit::verify::{AuditBreak, AuditVerification, BreakKind, verify_telling, without_link};
use crate::cli::database::Database;
use crate::cli::{Failure, say};
use crate::documents::verify::Suspect;
use crate::documents::{self, Shelf};
use crate::funds::budget_lines::shortfall;
use crate::kernel::Refusal;
use crate::ledger;
use crate::payments;
use crate::publishing::board;
use crate::returns::{freeze, packing};
use crate::store::{Conn, Db};

/// Check that books, returns, payments, files and the audit log are as they were written.
///
/// Computes again what can be computed: every balance, what each budget line is short of, the hash of every accepted return and of the files that its paper is
/// set from, the packed values of returns, board snapshots, what payments say is paid, files that went to the finance system, closed years and their
/// journals, attached files where their folder is named, and the audit log's chain of hashes. Ends with 0 where all hold and with 1 where anything does not.
/// Changes nothing; a service on the same database may go on meanwhile. Events that the service has not linked into the chain yet are counted, not checked.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The service's folder of attached files. Every file that a record names is read there, and must be there with its length and SHA-256; those that are
    /// missing or changed are named with their records. Without it no attached file is looked at.
    #[arg(long, value_name = "DIR", env = "ALMONER_DOCUMENTS_DIR")]
    documents_dir: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
}

impl Verify {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let settings = self.database.settings()?;
        let (holds, named) = Db::inspect(&settings, |conn| {
            let ledger = ledger_holds(conn)?;
            let budgets = budgets_hold(conn)?;
            let returns = returns_hold(conn)?;
            let values = values_hold(conn)?;
            let board = board_holds(conn)?;
            let payments = payments_hold(conn)?;
            let years = years_hold(conn)?;
            let named = if self.documents_dir.is_some() { documents::verify::named(conn)? } else { Vec::new() };
            let holds = chain_holds(conn)? && years && ledger && budgets && returns && values && board && payments;
            Ok((holds, named))
        })?;
        // Read outside the snapshot: a server does not keep what was deleted since for as long as all files take.
        let files = match &self.documents_dir {
            Some(folder) => {
                let suspects = documents::verify::suspects(&Shelf::at(folder), &named);
                Db::inspect(&settings, |conn| files_hold(conn, named.len(), suspects))?
            }
            None => {
                say("Files: not looked at. Name the folder of attached files with --documents-dir.");
                true
            }
        };
        Ok(if holds && files { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn ledger_holds(conn: &mut Conn) -> Result<bool, Refusal> {
    let check = ledger::verify(conn)?;
    for fault in &check.faults {
        say(format!("Ledger: {fault}."));
    }
    let scope = format!("{} and {}", counted(check.transfers, "movement"), counted(check.accounts, "account"));
    let holds = check.faults.is_empty();
    say(if holds {
        format!("Ledger: holds. {scope}; every balance is the sum of its movements, and together they are nothing.")
    } else {
        format!("Ledger: DOES NOT HOLD. {scope}; {}.", counted(check.faults.len(), "difference"))
    });
    Ok(holds)
}

fn budgets_hold(conn: &mut Conn) -> Result<bool, Refusal> {
    let check = shortfall::verify::verify(conn)?;
    for fault in &check.faults {
        say(format!("Budgets: {fault}."));
    }
    let scope = counted(check.lines, "budget line");
    let holds = check.faults.is_empty();
    say(if holds {
        format!("Budgets: hold. {scope}; each is short on every day of what is promised beyond it, and of nothing else.")
    } else {
        format!("Budgets: DO NOT HOLD. {scope}; {}.", counted(check.faults.len(), "difference"))
    });
    Ok(holds)
}

fn returns_hold(conn: &mut Conn) -> Result<bool, Refusal> {
    let check = freeze::verify::verify(conn)?;
    for fault in &check.faults {
        say(format!("Returns: {fault}."));
    }
    let scope = counted(check.returns, "frozen return");
    let holds = check.faults.is_empty();
    say(if holds {
        format!("Returns: hold. {scope}; each is what was accepted, but for what was redacted.")
    } else {
        format!("Returns: DO NOT HOLD. {scope}; {}.", counted(check.faults.len(), "difference"))
    });
    Ok(holds)
}

fn values_hold(conn: &mut Conn) -> Result<bool, Refusal> {
    let check = packing::acts::verify(conn)?;
    for fault in &check.faults {
        say(format!("Values: {fault}."));
    }
    let scope = counted(check.packed, "packed content");
    let holds = check.faults.is_empty();
    say(if holds {
        format!("Values: hold. {scope}; each is what was written.")
    } else {
        format!("Values: DO NOT HOLD. {scope}; {}.", counted(check.faults.len(), "difference"))
    });
    Ok(holds)
}

fn board_holds(conn: &mut Conn) -> Result<bool, Refusal> {
    let (count, faults) = board::verify::verify(conn)?;
    for fault in &faults {
        say(format!("Board: {fault}."));
    }
    let holds = faults.is_empty();
    let verdict = if holds { "holds" } else { "DOES NOT HOLD" };
    say(format!("Board: {verdict}. {}, {}.", counted(count, "snapshot"), counted(faults.len(), "difference")));
    Ok(holds)
}

fn payments_hold(conn: &mut Conn) -> Result<bool, Refusal> {
    let check = payments::verify::verify(conn)?;
    for fault in &check.faults {
        say(format!("Payments: {fault}."));
    }
    let scope = format!("{} and {}", counted(check.awards, "paid award"), counted(check.exported, "exported file"));
    let holds = check.faults.is_empty();
    say(if holds {
        format!("Payments: hold. {scope}; what they say is paid is what the ledger says, and each file is what was exported.")
    } else {
        format!("Payments: DO NOT HOLD. {scope}; {}.", counted(check.faults.len(), "difference"))
    });
    Ok(holds)
}

fn years_hold(conn: &mut Conn) -> Result<bool, Refusal> {
    let check = payments::year_end::verify::verify(conn)?;
    for fault in &check.faults {
        say(format!("Year ends: {fault}."));
    }
    let scope = format!("{} and {}", counted(check.closed, "closed year"), counted(check.journals, "approved journal"));
    let holds = check.faults.is_empty();
    say(if holds {
        format!("Year ends: hold. {scope}; each statement is what the ledger says.")
    } else {
        format!("Year ends: DO NOT HOLD. {scope}; {}.", counted(check.faults.len(), "difference"))
    });
    Ok(holds)
}

fn files_hold(conn: &mut Conn, files: usize, suspects: Vec<Suspect>) -> Result<bool, Refusal> {
    let check = documents::verify::verify(conn, files, suspects)?;
    for fault in &check.faults {
        say(format!("Files: {fault}."));
    }
    let scope = counted(check.files, "attached file");
    let holds = check.faults.is_empty();
    say(if holds {
        format!("Files: hold. {scope}; each is there and is what was attached.")
    } else {
        format!(
            "Files: DO NOT HOLD. {scope}; {}. Bring them back from the backup of the folder.",
            counted(check.faults.len(), "difference")
        )
    });
    Ok(holds)
}

fn chain_holds(conn: &mut Conn) -> Result<bool, Refusal> {
    let found = verify_telling(conn, |one| say(format!("Audit: {}.", sentence(one))))?;
    for event in without_link(conn)? {
        say(format!("Audit: event {event} stands before the head of the chain and has no link."));
    }
    let AuditVerification { sealed_count, unsealed_count, head_sequence, head_hash, .. } = &found;
    let newest = if *head_sequence > 0 { format!("; the newest link is {head_sequence} {head_hash}") } else { String::new() };
    let scope = format!("{} linked, {unsealed_count} not yet{newest}", counted(sealed_count, "event"));
    let scope = if *unsealed_count > 0 { format!("{scope}. Those are not checked: the service links them once it runs") } else { scope };
    say(if found.intact {
        format!("Audit: holds. {scope}.")
    } else {
        format!("Audit: DOES NOT HOLD. {scope}; {}.", counted(found.broken_count + found.missing_seal_count, "difference"))
    });
    Ok(found.intact)
}

fn sentence(found: &AuditBreak) -> String {
    let AuditBreak { sequence, event_id, kind } = found;
    match kind {
        BreakKind::Gap => format!("links are missing before link {sequence} (event {event_id})"),
        BreakKind::EventMissing => format!("event {event_id} of link {sequence} is gone"),
        BreakKind::DoesNotFollow => format!("link {sequence} (event {event_id}) does not follow the link before it"),
        BreakKind::Changed => format!("event {event_id} or its link {sequence} is not what was sealed"),
    }
}

fn counted(count: impl std::fmt::Display, what: &str) -> String {
    let count = count.to_string();
    let ending = if count == "1" { "" } else { "s" };
    format!("{count} {what}{ending}")
}
