//! Holding the folder of attached files against what records name. The files are read outside the database's snapshot, however long that takes.

use crate::documents::{Shelf, store};
use crate::kernel::Refusal;
use crate::store::Conn;

/// How many files are asked for at a time.
const BATCH: i64 = 500;

/// What a check of all attached files found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileCheck {
    /// How many there are; one that several records name counts once.
    pub files: usize,
    /// Each fault, in words, with the records that name the file.
    pub faults: Vec<String>,
}

/// A file that records name: its SHA-256 and how many bytes it has.
pub type NamedFile = (String, i64);

/// A file that is not what was kept, and why, in words.
pub type Suspect = (String, String);

/// Every file that a record names. Files whose records were redacted, or that were taken off them, are not asked for.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn) -> Result<Vec<NamedFile>, Refusal> {
    let (mut all, mut after): (Vec<NamedFile>, String) = (Vec::new(), String::new());
    loop {
        let batch = store::named_after(conn, &after, BATCH)?;
        let Some((last, _)) = batch.last().cloned() else { return Ok(all) };
        all.extend(batch);
        after = last;
    }
}

/// Reads each of these files and holds its length and SHA-256 against what was kept.
#[must_use]
pub fn suspects(shelf: &Shelf, files: &[NamedFile]) -> Vec<Suspect> {
    files.iter().filter_map(|(sha256, size_bytes)| Some((sha256.clone(), shelf.check(sha256, *size_bytes).err()?))).collect()
}

/// What is wrong with the files. Ask it with a snapshot of after they were read: one that no record names any more was redacted or taken off meanwhile, and is
/// rightly gone.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn verify(conn: &mut Conn, files: usize, suspects: Vec<Suspect>) -> Result<FileCheck, Refusal> {
    let mut check = FileCheck { files, faults: Vec::new() };
    for (sha256, why) in suspects {
        let of: Vec<String> = store::naming(conn, &sha256)?.into_iter().map(|(kind, record)| format!("{kind} {record}")).collect();
        if of.is_empty() {
            check.files = check.files.saturating_sub(1);
        } else {
            check.faults.push(format!("{sha256} of {}: {why}", of.join(", ")));
        }
    }
    Ok(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_is_suspect() {
        let folder = std::env::temp_dir().join(crate::kernel::Id::new().to_string());
        let found = suspects(&Shelf::at(&folder), &[("ab".repeat(32), 4)]);
        assert_eq!(found, [("ab".repeat(32), "the file is missing".to_owned())]);
    }
}
