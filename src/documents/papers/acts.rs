//! Keeping and finding the files of papers.

use crate::documents::papers::store;
use crate::documents::press::PaperSet;
use crate::kernel::Refusal;
use crate::store::{Conn, Tx};

/// Keeps the files of a set where they are not kept yet, and gives the hash of the set.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn keep(tx: &mut Tx<'_>, set: &PaperSet) -> Result<String, Refusal> {
    if !store::is_kept(tx.conn(), &set.sha256)? {
        store::add(tx.conn(), set)?;
    }
    Ok(set.sha256.clone())
}

/// The files of a set.
///
/// # Errors
/// A fault of ours where they are not there, or are not what was kept.
pub fn find(conn: &mut Conn, sha256: &str) -> Result<PaperSet, Refusal> {
    let found = store::find(conn, sha256)?.ok_or_else(|| Refusal::broken(format!("the files {sha256} of a paper are gone")))?;
    if found.is_whole() { Ok(found) } else { Err(Refusal::broken(format!("the files {sha256} of a paper are not what was kept"))) }
}

/// Whether the files of a set are what was kept.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn is_whole(conn: &mut Conn, sha256: &str) -> Result<bool, Refusal> {
    Ok(store::find(conn, sha256)?.is_some_and(|found| found.is_whole()))
}
