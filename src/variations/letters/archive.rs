//! Letters of many variations in one ZIP.

use crate::documents::Shelf;
use crate::http::archive::{Archive, ArchivedFile};
use crate::kernel::Refusal;
use crate::store::Conn;
use crate::variations::letters::{acts, store};
use crate::variations::store::Variation;

/// The letters of these variations, by reference, those left out that were taken back or lapsed; the ZIP is called `{called}.zip`.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`] with how many are made, while not all are.
pub fn archive_of(conn: &mut Conn, all: &[Variation], shelf: Shelf, called: &str) -> Result<Archive, Refusal> {
    acts::all_made(acts::progress(conn, all)?)?;
    let ids: Vec<_> = acts::handed_out(all).iter().map(|one| one.id).collect();
    let files = store::kept(conn, &ids)?.into_iter().map(|(name, sha256)| ArchivedFile { name, sha256 }).collect();
    Ok(Archive { file_name: format!("{called}.zip"), files, shelf })
}
