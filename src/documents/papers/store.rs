//! Those files in the database.

use diesel::prelude::*;

use crate::documents::press::{PaperFile, PaperSet};
use crate::kernel::Refusal;
use crate::store::Conn;
use crate::store::schema::{paper_file as file, paper_set_file as part};

pub(super) fn is_kept(conn: &mut Conn, sha256: &str) -> Result<bool, Refusal> {
    let found: Option<String> = on!(conn, c => part::table.filter(part::set_sha256.eq(sha256)).select(part::name).first(c).optional())?;
    Ok(found.is_some())
}

pub(super) fn add(conn: &mut Conn, set: &PaperSet) -> Result<(), Refusal> {
    for one in &set.files {
        let known: Option<String> = on!(conn, c => file::table.find(&one.sha256).select(file::sha256).first(c).optional())?;
        if known.is_none() {
            let values = (file::sha256.eq(&one.sha256), file::bytes.eq(&one.bytes));
            on!(conn, c => diesel::insert_into(file::table).values(values).execute(c))?;
        }
        let values = (part::set_sha256.eq(&set.sha256), part::name.eq(&one.name), part::file_sha256.eq(&one.sha256));
        on!(conn, c => diesel::insert_into(part::table).values(values).execute(c))?;
    }
    Ok(())
}

/// A set of files by its hash, in the order of their names; none where there is no such set.
pub(super) fn find(conn: &mut Conn, sha256: &str) -> Result<Option<PaperSet>, Refusal> {
    let rows: Vec<(String, String, Vec<u8>)> = on!(conn, c => part::table
        .inner_join(file::table.on(file::sha256.eq(part::file_sha256)))
        .filter(part::set_sha256.eq(sha256)).order(part::name).select((part::name, file::sha256, file::bytes)).load(c))?;
    let files: Vec<PaperFile> = rows.into_iter().map(|(name, sha256, bytes)| PaperFile { name, sha256, bytes }).collect();
    Ok((!files.is_empty()).then(|| PaperSet { sha256: sha256.to_owned(), files }))
}
