//! Taking an export in: first all of it is checked, then an empty database is filled in one transaction.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::documents::Shelf;
use crate::handover::manifest::{self, FILES, Manifest, Schema, Sheet};
use crate::handover::rules::{Part, Table, travelling};
use crate::handover::sheet::{Reader, Row, Sum};
use crate::handover::{Inflow, claim, disk, list, must_be_empty, on_time, proof, refuse, sentence, store};
use crate::kernel::Refusal;
use crate::store::{Conn, OpenError, Settings, whole};

/// How many faults of one file are named.
const OF_A_FILE_MAX: usize = 5;

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How many tables.
    pub tables: usize,
    /// How many rows.
    pub rows: u64,
    /// How many attached files; none where they were left out.
    pub files: Option<u64>,
    /// How many movements of money, and how many accounts.
    pub ledger: (i64, usize),
    /// The newest link of the audit log's chain, which is the one that the manifest names.
    pub chain_head: i64,
    /// How many people have no password yet.
    pub without_password: i64,
    /// How many messages the service will send once it runs.
    pub messages_waiting: i64,
}

/// Everything that is wrong with an export, in sentences that name the file; nothing where it can be taken in.
///
/// # Errors
/// [`Refusal::Store`] where the program's own lists cannot be read.
pub fn faults(folder: &Path) -> Result<Vec<String>, Refusal> {
    let manifest = match manifest::read(folder) {
        Ok(manifest) => manifest,
        Err(fault) => return Ok(vec![fault]),
    };
    let (wanted, found) = (Schema::wanted()?, &manifest.schema);
    if *found != wanted {
        // With other tables every further fault would follow from this one.
        return Ok(vec![format!(
            "the export has the schema {} ({} migrations) and this program has {} ({}); import it with Almoner {}, which wrote it, then let this \
             program's `almoner migrate` bring that database up to date",
            found.version, found.migrations, wanted.version, wanted.migrations, manifest.program_version,
        )]);
    }
    let tables = list::tables()?;
    let known: Vec<&Table> = asked(&tables, &manifest);
    let mut faults = Vec::new();
    for table in &known {
        match manifest.tables.iter().find(|sheet| sheet.file == table.file()) {
            Some(sheet) => faults.extend(of_table(folder, sheet, table)),
            None => faults.push(format!("{}: {} does not name it; every table has a file, an empty one too", table.file(), manifest::FILE)),
        }
    }
    let names: BTreeSet<String> = known.iter().map(|table| table.file()).collect();
    let strange = manifest.tables.iter().filter(|sheet| !names.contains(&sheet.file));
    faults.extend(strange.map(|sheet| format!("{}: this program knows no such table", sheet.file)));
    faults.extend(beside(&folder.join("tables"), &names));
    if let Some(sheet) = &manifest.files {
        faults.extend(of_files(folder, sheet));
    }
    Ok(faults)
}

/// The tables that an export of this kind holds.
fn asked<'a>(tables: &'a [Table], manifest: &Manifest) -> Vec<&'a Table> {
    let is_in = |table: &&Table| table.part == Part::Office || (table.part == Part::Credentials && manifest.with_credentials);
    tables.iter().filter(is_in).collect()
}

/// Files among the tables that nothing names: somebody put them there, and would think that they are taken in.
fn beside(folder: &Path, names: &BTreeSet<String>) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let found = entries.filter_map(Result::ok).map(|entry| format!("tables/{}", entry.file_name().to_string_lossy()));
    let strange: BTreeSet<String> = found.filter(|file| !names.contains(file)).collect();
    strange.iter().map(|file| format!("{file}: it is no table of this export; take it away")).collect()
}

/// Checks the bytes of a file against the manifest, and each row by `check`.
fn of_sheet(folder: &Path, sheet: &Sheet, names: &[&str], mut check: impl FnMut(&Row) -> Vec<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut read = || -> std::io::Result<()> {
        let mut reader = Reader::open(&folder.join(&sheet.file))?;
        let head: Vec<String> = reader.next_row()?.unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect();
        faults.extend(of_head(&head, names));
        let mut number: u64 = 1;
        while let Some(row) = reader.next_row()? {
            number += 1;
            if row.len() != head.len() {
                faults.push(format!("row {number} has {} fields instead of {}", row.len(), head.len()));
            } else if head == names {
                faults.extend(check(&row).into_iter().map(|fault| format!("row {number}: {fault}")));
            }
        }
        let sum = reader.end()?;
        if sum.rows != sheet.rows {
            faults.push(format!("it has {} rows, and {} says {}", sum.rows, manifest::FILE, sheet.rows));
        }
        if sum.sha256 != sheet.sha256 {
            faults.push(format!(
                "it was changed after the export, or damaged: its SHA-256 is not the one in {}; take the file from the export again",
                manifest::FILE
            ));
        }
        Ok(())
    };
    if let Err(error) = read() {
        faults.push(match error.kind() {
            std::io::ErrorKind::NotFound => "it is missing; take it from the export again".to_owned(),
            _ => format!("it cannot be read: {error}"),
        });
    }
    let more = faults.len().saturating_sub(OF_A_FILE_MAX);
    // What is wrong with the whole file is said last, and says most.
    faults.drain(..more);
    let more = if more > 0 { vec![format!("{more} more faults are not listed")] } else { Vec::new() };
    faults.into_iter().chain(more).map(|fault| format!("{}: {fault}", sheet.file)).collect()
}

fn of_head(head: &[String], names: &[&str]) -> Vec<String> {
    let lost = names.iter().filter(|name| !head.iter().any(|found| found == *name)).map(|name| format!("the column `{name}` is missing"));
    let strange = head.iter().filter(|found| !names.contains(&found.as_str())).map(|found| format!("the column `{found}` is unknown"));
    let mut faults: Vec<String> = lost.chain(strange).collect();
    if faults.is_empty() && head != names {
        faults.push(format!("the columns stand in another order than {}", names.join(", ")));
    }
    faults
}

fn of_table(folder: &Path, sheet: &Sheet, table: &Table) -> Vec<String> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    of_sheet(folder, sheet, &names, |row| {
        let told = row.iter().zip(&table.columns).filter_map(|(value, column)| match value {
            None => (!column.may_be_empty).then(|| format!("`{}` is empty", column.name)),
            Some(text) => travelling(column.kind, text).err().map(|odd| format!("`{}`: {odd}", column.name)),
        });
        told.collect()
    })
}

fn of_files(folder: &Path, sheet: &Sheet) -> Vec<String> {
    let mut damaged = Vec::new();
    let faults = of_sheet(folder, sheet, &["sha256", "size_bytes"], |row| {
        let Some(sha256) = row.first().and_then(Option::as_deref).filter(|hash| is_hash(hash)) else {
            return vec!["`sha256` is no SHA-256 in hexadecimal digits".to_owned()];
        };
        let length = fs::metadata(folder.join("files").join(sha256)).map(|file| file.is_file().then(|| file.len().to_string()));
        match length {
            Ok(None) => damaged.push(format!("files/{sha256}: it is no file; take it from the export again")),
            Ok(Some(length)) if row.get(1).and_then(Option::as_deref) == Some(length.as_str()) => {}
            Ok(Some(_)) => damaged.push(format!("files/{sha256}: it has another length than {FILES} says; take it from the export again")),
            Err(error) => damaged.push(format!("files/{sha256}: it cannot be read: {error}; take it from the export again")),
        }
        Vec::new()
    });
    faults.into_iter().chain(damaged).collect()
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Looks at the database that an export is to go into, as [`import`] will: it must be there with this program's tables, be empty, and its server's clock must
/// not be behind what comes. Changes nothing.
///
/// # Errors
/// [`OpenError`] with the first of these that does not hold.
pub fn target(settings: &Settings, folder: &Path) -> Result<(), OpenError> {
    let manifest = manifest::read(folder).map_err(OpenError)?;
    let tables = list::tables().map_err(|refusal| OpenError(sentence(refusal)))?;
    let all: Vec<&Table> = tables.iter().filter(|table| table.part != Part::Service).collect();
    whole::survey(settings, |conn, _| {
        must_be_empty(conn, &all)?;
        on_time(conn, manifest.complete_up_to)
    })
}

/// Takes in an export without faults. The attached files go onto the shelf first, so that no row is ever without its file. Before it is kept, each
/// file that was read must still be the one that the manifest names, the ledger and the audit log's chain must hold, and its newest link must be
/// the manifest's: hashes of files say that nothing was damaged on the way, these that nobody made a file and its hash anew.
///
/// # Errors
/// [`OpenError`] where the database is not empty or fails, its server's clock is behind what comes, anything does not hold, or a file cannot be
/// put onto the shelf; then nothing is kept but files that no row
/// names, which the service takes away after a day.
pub fn import(settings: &Settings, folder: &Path, documents: &Path) -> Result<Taken, OpenError> {
    let told = |refusal: Refusal| OpenError(sentence(refusal));
    let manifest = manifest::read(folder).map_err(OpenError)?;
    let tables = list::tables().map_err(told)?;
    let all: Vec<&Table> = tables.iter().filter(|table| table.part != Part::Service).collect();
    // Asked before anything is put onto the shelf, and again under the lock.
    whole::survey(settings, |conn, _| must_be_empty(conn, &all))?;
    let files = match &manifest.files {
        Some(sheet) => Some(put_files(folder, sheet, documents).map_err(told)?),
        None => None,
    };
    let outcome = whole::fill(settings, |conn| {
        claim(conn, &all)?;
        on_time(conn, manifest.complete_up_to)?;
        let mut rows = 0;
        for table in asked(&tables, &manifest) {
            let sheet = manifest.tables.iter().find(|sheet| sheet.file == table.file());
            let sheet = sheet.ok_or_else(|| refuse(format!("{} does not name {}.", manifest::FILE, table.file())))?;
            rows += take_table(conn, table, folder, sheet)?;
        }
        let up_to = store::newest_event(conn)?.map_or(manifest.complete_up_to, |newest| newest.max(manifest.complete_up_to));
        on_time(conn, up_to)?;
        store::set_clock(conn, up_to)?;
        let (ledger, chain_head) = prove(conn, &manifest)?;
        let (without_password, messages_waiting) = store::left_to_do(conn)?;
        Ok(Taken { tables: manifest.tables.len(), rows, files, ledger, chain_head, without_password, messages_waiting })
    });
    outcome.map_err(|OpenError(why)| OpenError(format!("{why} Nothing was imported.")))
}

/// Adds the ledger up and computes the chain.
fn prove(conn: &mut Conn, manifest: &Manifest) -> Result<((i64, usize), i64), Refusal> {
    let ledger = proof::ledger(conn, "the export")?;
    let chain = proof::chain(conn, "the export")?;
    let (sequence, hash) = store::chain_head(conn)?.unwrap_or_default();
    let told = &manifest.audit_chain;
    if (sequence, &hash) != (told.sequence, &told.hash) {
        return Err(refuse(format!(
            "The newest link of the audit log is {sequence} {hash}, and {} says {} {}: events were taken off, or put in.",
            manifest::FILE,
            told.sequence,
            told.hash
        )));
    }
    Ok(((ledger.transfers, ledger.accounts), chain.head_sequence))
}

/// What was taken in must be what was checked before: a file may have been changed in between.
fn as_checked(sheet: &Sheet, sum: &Sum) -> Result<(), Refusal> {
    if (sum.rows, &sum.sha256) == (sheet.rows, &sheet.sha256) {
        return Ok(());
    }
    Err(refuse(format!("{} was changed while it was taken in. Leave the folder alone and import it again.", sheet.file)))
}

fn put_files(folder: &Path, sheet: &Sheet, documents: &Path) -> Result<u64, Refusal> {
    let shelf = Shelf::open(documents).map_err(refuse)?;
    let path: PathBuf = folder.join(&sheet.file);
    let mut reader = Reader::open(&path).map_err(disk(&path))?;
    let mut count = 0;
    reader.next_row().map_err(disk(&path))?;
    while let Some(row) = reader.next_row().map_err(disk(&path))? {
        let sha256 = row.into_iter().next().flatten().filter(|hash| is_hash(hash)).unwrap_or_default();
        let file = folder.join("files").join(&sha256);
        shelf.take_in(&file, &sha256).map_err(disk(&file))?;
        count += 1;
    }
    as_checked(sheet, &reader.end().map_err(disk(&path))?)?;
    Ok(count)
}

fn take_table(conn: &mut Conn, table: &Table, folder: &Path, sheet: &Sheet) -> Result<u64, Refusal> {
    let path = &folder.join(&sheet.file);
    let mut reader = Reader::open(path).map_err(disk(path))?;
    let mut inflow = Inflow::new(table);
    reader.next_row().map_err(disk(path))?;
    while let Some(row) = reader.next_row().map_err(disk(path))? {
        let mut values = Vec::with_capacity(row.len());
        for (value, column) in row.iter().zip(&table.columns) {
            let text = value.as_deref().map(|text| travelling(column.kind, text)).transpose();
            values.push(text.map_err(|odd| refuse(format!("{}: `{}`: {odd}", path.display(), column.name)))?);
        }
        inflow.take(conn, &serde_json::to_string(&values).map_err(Refusal::broken)?)?;
    }
    inflow.flush(conn)?;
    as_checked(sheet, &reader.end().map_err(disk(path))?)?;
    Ok(inflow.rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_since_it_was_checked_is_not_kept() {
        let sheet = Sheet { file: "tables/fund.csv".to_owned(), rows: 2, sha256: "ab".to_owned() };
        let sum = |rows, sha256: &str| Sum { rows, sha256: sha256.to_owned() };
        assert!(as_checked(&sheet, &sum(2, "ab")).is_ok());
        for other in [sum(3, "ab"), sum(2, "ac")] {
            assert!(sentence(as_checked(&sheet, &other).unwrap_err()).contains("tables/fund.csv was changed while it was taken in"));
        }
    }
}
