//! Moving an office from one database to another, on either engine, and proving that nothing is different.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::audit::verify::{AuditVerification, verify as verify_chain};
use crate::documents::Shelf;
use crate::handover::rules::{Part, Table};
use crate::handover::{Inflow, claim, list, on_time, proof, refuse, store};
use crate::kernel::{Moment, Refusal};
use crate::ledger;
use crate::store::demo_mark::{Standing, standing};
use crate::store::{Conn, Db, OpenError, Settings, Target, whole};

/// How many files that were not copied are named.
const NAMED_MAX: usize = 20;

/// What was copied, and proved to be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Everything recorded up to this moment is in the copy.
    pub complete_up_to: Moment,
    /// How many tables.
    pub tables: usize,
    /// How many rows.
    pub rows: u64,
    /// How many movements of money, and how many accounts.
    pub ledger: (i64, usize),
    /// The newest link of the audit log's chain, and its hash.
    pub chain: (i64, String),
    /// How many events are not linked yet.
    pub unsealed: i64,
    /// How many attached files documents name.
    pub files: u64,
}

/// Where attached files are, and where they go.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'a> {
    /// The old folder.
    pub from: &'a Path,
    /// The new one.
    pub to: &'a Path,
}

/// Makes the target's tables where it is empty; what holds something is left as it is.
///
/// # Errors
/// [`OpenError`] where the target is the source, holds anything, or cannot be used.
pub fn prepare(from: &Settings, to: &Settings) -> Result<(), OpenError> {
    let (source, target) = (Target::parse(&from.url).map_err(OpenError)?, Target::parse(&to.url).map_err(OpenError)?);
    let is_there = match &target {
        Target::Sqlite(path) => path.exists(),
        Target::Postgres(_) => true,
    };
    let full =
        || OpenError("The target is not empty: somebody used it. Name a database that holds nothing. Nothing was copied.".to_owned());
    if source == target {
        return Err(OpenError("--from and --to name the same database. Nothing was copied.".to_owned()));
    }
    // The source first, so that a mistyped one leaves no new file.
    Db::inspect(from, |_| Ok(()))?;
    if is_there && Db::glance(to, standing)? != Standing::Blank {
        return Err(full());
    }
    let mut making = to.clone();
    making.create = true;
    Db::migrate(&making).map(|_| ())
}

/// Copies every row, compares both databases row by row, adds up the ledger and computes the chain of both, and keeps the copy only where all
/// is the same. Attached files go first, so that no row is ever without its file and a run that fails for one can be repeated.
///
/// # Errors
/// [`OpenError`] where a database cannot be used or is not what it must be, a file is missing, or anything is different.
pub fn copy(from: &Settings, to: &Settings, folders: Option<Folders<'_>>) -> Result<Copied, OpenError> {
    let outcome = whole::pour(from, to, |source, up_to, target| {
        let tables = list::tables()?;
        let moved: Vec<&Table> = tables.iter().filter(|table| table.part != Part::Service).collect();
        claim(target, &moved)?;
        let up_to = store::newest_event(source)?.map_or(up_to, |newest| newest.max(up_to));
        on_time(target, up_to)?;
        folders.map(|folders| copy_files(source, folders)).transpose()?;
        let mut rows = 0;
        for table in &moved {
            rows += copy_table(source, target, table)?;
        }
        store::set_clock(target, up_to)?;
        let (ledger, chain) = (same_ledger(source, target)?, same_chain(source, target)?);
        let mut files = 0;
        store::each_file(target, |_, _| {
            files += 1;
            Ok(())
        })?;
        Ok(Copied {
            complete_up_to: up_to,
            tables: moved.len(),
            rows,
            ledger,
            chain: (chain.head_sequence, chain.head_hash),
            unsealed: chain.unsealed_count,
            files,
        })
    });
    outcome.map_err(|OpenError(why)| OpenError(format!("{why} No row was copied.")))
}

/// Copies a table and reads it again from the target: the rows must be the same, in the same order.
fn copy_table(source: &mut Conn, target: &mut Conn, table: &Table) -> Result<u64, Refusal> {
    let (mut sent, mut inflow) = (Sha256::new(), Inflow::new(table));
    store::each_row(source, table, |row| {
        let row = same_form(&row)?;
        add(&mut sent, &row);
        inflow.take(target, &row)
    })?;
    inflow.flush(target)?;
    let mut found = Sha256::new();
    store::each_row(target, table, |row| {
        add(&mut found, &same_form(&row)?);
        Ok(())
    })?;
    let count = store::count(target, table)?;
    if u64::try_from(count).ok() != Some(inflow.rows) {
        return Err(refuse(format!("`{}` has {} rows in the source and {count} in the copy.", table.name, inflow.rows)));
    }
    if sent.finalize() != found.finalize() {
        return Err(refuse(format!("`{}` has rows in the copy that are not those of the source.", table.name)));
    }
    Ok(inflow.rows)
}

/// A row in the one form that both engines' rows are compared in: they may write a character of a text in different ways.
fn same_form(row: &str) -> Result<String, Refusal> {
    let values: Vec<Option<String>> = serde_json::from_str(row).map_err(Refusal::broken)?;
    serde_json::to_string(&values).map_err(Refusal::broken)
}

fn add(hash: &mut Sha256, row: &str) {
    hash.update(row.as_bytes());
    hash.update(b"\n");
}

fn same_ledger(source: &mut Conn, target: &mut Conn) -> Result<(i64, usize), Refusal> {
    let (before, after) = (proof::ledger(source, "the source")?, ledger::verify(target)?);
    if before != after {
        return Err(refuse("The ledger of the copy is not that of the source."));
    }
    Ok((after.transfers, after.accounts))
}

fn same_chain(source: &mut Conn, target: &mut Conn) -> Result<AuditVerification, Refusal> {
    let (before, after) = (proof::chain(source, "the source")?, verify_chain(target)?);
    if before != after {
        return Err(refuse("The audit log of the copy is not that of the source."));
    }
    Ok(after)
}

/// Copies the attached files that the documents of a database name from one folder to another, and says how many. Those that are there already
/// are written again, so that it can be repeated. Where some are missing or damaged the others are copied.
fn copy_files(conn: &mut Conn, Folders { from, to }: Folders<'_>) -> Result<u64, Refusal> {
    let (old, new) = (Shelf::at(from), Shelf::open(to).map_err(refuse)?);
    let (mut count, mut missing) = (0, Vec::new());
    store::each_file(conn, |sha256, _| {
        match new.take_over(&old, sha256) {
            Ok(()) => count += 1,
            Err(why) => missing.push(format!("{sha256}: {why}")),
        }
        Ok(())
    })?;
    let all = missing.len();
    missing.truncate(NAMED_MAX);
    if all == 0 {
        return Ok(count);
    }
    Err(refuse(format!(
        "Attached files are missing or damaged in {} ({all}):\n{}\nPut them right and run the same command again, or leave the files out. The other \
         {count} are in {} by now.",
        from.display(),
        missing.join("\n"),
        to.display(),
    )))
}
