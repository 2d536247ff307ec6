//! Attaching evidence to a return, and who may see a file.

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::documents::{self, Attached, DocumentView};
use crate::kernel::{Id, Refusal};
use crate::providers::{checks, letters};
use crate::returns::acts;
use crate::returns::freeze::acts as freeze;
use crate::returns::rules;
use crate::store::{Conn, Tx};

/// What kind of record evidence is attached to.
const RECORD_KIND: &str = "return";

/// The return to which a file may be attached: one that the caller may see, while it is with the provider.
///
/// # Errors
/// [`Refusal::NotFound`]; it is with the office or done.
pub fn open(conn: &mut Conn, scope: Scope, id: Id) -> Result<Attached, Refusal> {
    let one = acts::find(conn, scope, id)?;
    rules::write(one.state)?;
    Ok(Attached { record_kind: RECORD_KIND, record_id: id, provider_id: one.provider_id })
}

/// The return whose files are listed.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn seen(conn: &mut Conn, scope: Scope, id: Id) -> Result<Id, Refusal> {
    acts::find(conn, scope, id).map(|one| one.id)
}

/// What follows a file that was attached: its name is one of the return's texts, and a certificate was of the return without it.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such return; the name of the file names a person by a number.
pub fn attached(tx: &mut Tx<'_>, scope: Scope, id: Id) -> Result<(), Refusal> {
    let one = acts::find(tx.conn(), scope, id)?;
    let name = freeze::evidence(tx.conn(), id)?.pop().map(|file| file.file_name).unwrap_or_default();
    rules::faults_of_text("query:file_name", &name).into_result()?;
    if one.certified_on.is_some() {
        acts::change(tx, &one, |next| {
            next.certified_on = None;
            next.certified_by = None;
        })?;
    }
    Ok(())
}

/// A file whose record this caller may see: a provider none of a draft award, and none of what the office checked.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn file(conn: &mut Conn, scope: Scope, id: Id) -> Result<DocumentView, Refusal> {
    let document = documents::get(conn, scope, id)?;
    let record = match document.record_kind.as_str() {
        RECORD_KIND => seen(conn, scope, document.record_id).map(drop),
        checks::RECORD_KIND => checks::acts::get(conn, scope, document.record_id).map(drop),
        letters::RECORD_KIND => letters::acts::get(conn, scope, document.record_id).map(drop),
        _ => awards::get(conn, scope, document.record_id).map(drop),
    };
    match record {
        Ok(()) => Ok(document),
        Err(Refusal::NotFound(_)) => Err(Refusal::NotFound("document")),
        Err(other) => Err(other),
    }
}
