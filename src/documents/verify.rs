//! Holding the folder of attached files against what records name.

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

/// Reads every file that a record names and holds its length and SHA-256 against what was kept. Files whose records were redacted, or that were taken off them,
/// are not asked for. Ask it inside one snapshot.
///
/// # Errors
/// [`Refusal::Store`] where the database fails; what is wrong is in the answer.
pub fn verify(conn: &mut Conn, shelf: &Shelf) -> Result<FileCheck, Refusal> {
    let mut check = FileCheck::default();
    let mut after = String::new();
    loop {
        let batch = store::named_after(conn, &after, BATCH)?;
        let Some((last, _)) = batch.last().cloned() else { return Ok(check) };
        for (sha256, size_bytes) in batch {
            check.files += 1;
            if let Err(why) = shelf.check(&sha256, size_bytes) {
                let of: Vec<String> = store::naming(conn, &sha256)?.into_iter().map(|(kind, record)| format!("{kind} {record}")).collect();
                check.faults.push(format!("{sha256} of {}: {why}", of.join(", ")));
            }
        }
        after = last;
    }
}
