//! Attaching evidence to a return, and who may see a file.

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::documents::{self, Attached, DocumentView, Placed};
use crate::funds::{self, periods};
use crate::kernel::{Id, Refusal};
use crate::providers::{checks, letters};
use crate::returns::acts;
use crate::returns::freeze::acts as freeze;
use crate::returns::rules::{self, ChangeKind};
use crate::returns::store::Return;
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
    Ok(Attached { record_kind: RECORD_KIND, record_id: id, provider_id: one.provider_id, office_only: false })
}

/// Attaches a file that lies on the shelf to a return, with what follows.
///
/// # Errors
/// What [`open`] and [`attached`] refuse.
pub fn attach(tx: &mut Tx<'_>, scope: Scope, id: Id, placed: &Placed) -> Result<DocumentView, Refusal> {
    let to = open(tx.conn(), scope, id)?;
    let document = documents::attach(tx, to, placed)?;
    attached(tx, scope, id)?;
    Ok(document)
}

/// The return whose files are listed.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn seen(conn: &mut Conn, scope: Scope, id: Id) -> Result<Id, Refusal> {
    acts::find(conn, scope, id).map(|one| one.id)
}

/// Takes a file off a return that was attached by mistake, while the return is with the provider, and says under which hash its bytes lie. What was
/// certified is the return with that file.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such return or it has no such file; [`Refusal::Stale`]; it is with the office or done.
pub fn remove(tx: &mut Tx<'_>, scope: Scope, (id, document): (Id, Id), version: i32) -> Result<(Return, String), Refusal> {
    let one = acts::load(tx, scope, id, version)?;
    rules::write(one.state)?;
    let taken = documents::remove(tx, (RECORD_KIND, id), document)?.ok_or(Refusal::NotFound("document"))?;
    Ok((uncertified(tx, one)?, taken.sha256))
}

fn uncertified(tx: &mut Tx<'_>, one: Return) -> Result<Return, Refusal> {
    if one.certified_on.is_none() {
        return Ok(one);
    }
    acts::change(tx, &one, |next| {
        next.certified_on = None;
        next.certified_by = None;
    })
}

/// The files of a return that were attached or taken off since it was submitted the last time before; none where it was not.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn changed(conn: &mut Conn, one: &Return) -> Result<Vec<(ChangeKind, DocumentView)>, Refusal> {
    let Some((_, since)) = acts::last_submission(conn, one)? else { return Ok(Vec::new()) };
    let documents::Since { added, removed } = documents::since(conn, one.id, since)?;
    let of = |kind: ChangeKind| move |file: DocumentView| (kind, file);
    Ok(added.into_iter().map(of(ChangeKind::Added)).chain(removed.into_iter().map(of(ChangeKind::Removed))).collect())
}

/// What follows a file that was attached: its name is one of the return's texts, and a certificate was of the return without it.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such return; the name of the file names a person by a number.
pub fn attached(tx: &mut Tx<'_>, scope: Scope, id: Id) -> Result<(), Refusal> {
    let one = acts::find(tx.conn(), scope, id)?;
    let name = freeze::evidence(tx.conn(), id)?.pop().map(|file| file.file_name).unwrap_or_default();
    rules::faults_of_text("query:file_name", &name).into_result()?;
    uncertified(tx, one).map(drop)
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
        periods::RECORD_KIND => funds::period(conn, document.record_id).map(drop),
        // Who is party to a novation is said by its files themselves.
        "novation" => Ok(()),
        _ => awards::seen(conn, scope, document.record_id).map(drop),
    };
    match record {
        Ok(()) => Ok(document),
        Err(Refusal::NotFound(_)) => Err(Refusal::NotFound("document")),
        Err(other) => Err(other),
    }
}
