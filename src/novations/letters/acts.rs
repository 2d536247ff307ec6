//! Fixing what the letters of a novation say, and keeping each once it is made.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::access::Scope;
use crate::documents::{self, Attached, DocumentView, Placed, Template};
use crate::kernel::{Id, Page, PageRequest, Refusal};
use crate::novations::acts::{self as novations, Judged};
use crate::novations::letters::store::{self, LetterRow};
use crate::novations::letters::{RECORD_KIND, path, sheet};
use crate::novations::rules::NovationState;
use crate::novations::store::Novation;
use crate::store::{Conn, Tx};
use crate::variations::letters::acts::{LetterPaper, LetterProgress, all_made, signature};
use crate::variations::letters::making::{Asked, Found, Letters, ToMake};

pub use crate::novations::letters::store::Sent;

/// By what of a letter its file is called, before its provider: the novation's reference and the provider's.
const CALLED: [&str; 2] = ["/reference", "/provider/reference"];

/// The letters of novations.
#[derive(Debug)]
pub struct OfNovations;

impl Letters for OfNovations {
    type Which = Id;
    const ACT: &'static str = "novation.make_letter";

    fn waiting(conn: &mut Conn, after: Option<Id>) -> Result<Option<Id>, Refusal> {
        store::waiting(conn, after)
    }

    fn to_make(conn: &mut Conn, which: Id) -> Result<Found, Refusal> {
        let row = store::one(conn, which)?.ok_or(Refusal::NotFound("letter"))?;
        match row.document_id {
            None => ToMake::fixed(Template::Novation, &row.sheet, &CALLED).map(Found::Waiting),
            Some(document) => documents::get(conn, Scope::Office, document).map(|found| Found::Made(Box::new(found))),
        }
    }

    fn keep(tx: &mut Tx<'_>, which: Id, placed: &Placed, pages: i32) -> Result<DocumentView, Refusal> {
        tx.touch(which);
        let row = store::one(tx.conn(), which)?.ok_or(Refusal::NotFound("letter"))?;
        if let Some(document) = row.document_id {
            return documents::get(tx.conn(), Scope::Office, document);
        }
        // A file of the letter and not of the novation, whose files both parties read.
        let attached = Attached { record_kind: RECORD_KIND, record_id: which, provider_id: Some(row.provider_id), office_only: false };
        let document = documents::attach(tx, attached, placed)?;
        let made = LetterRow {
            document_id: Some(document.id),
            sha256: Some(document.sha256.clone()),
            size_bytes: Some(document.size_bytes),
            pages: Some(pages),
            made_at: Some(tx.recorded_at()),
            ..row
        };
        if store::note_file(tx.conn(), &made)? { Ok(document) } else { Err(Refusal::Stale) }
    }
}

/// Fixes what the letters of a novation say, which is being issued and passes these agreements on.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn freeze(tx: &mut Tx<'_>, one: &Novation, passing: &[&Judged]) -> Result<(), Refusal> {
    let (today, signed_by) = (tx.today(), signature(tx)?);
    let sheets = sheet::of(tx.conn(), one, passing, today, Some(signed_by.as_str()))?;
    let mut rows = Vec::with_capacity(sheets.len());
    for (provider_id, sheet) in sheets {
        rows.push(LetterRow {
            id: tx.new_id(),
            novation_id: one.id,
            provider_id,
            recorded_at: tx.recorded_at(),
            sheet: serde_json::to_string(&sheet).map_err(Refusal::broken)?,
            reminded_on: None,
            document_id: None,
            sha256: None,
            size_bytes: None,
            pages: None,
            made_at: None,
        });
    }
    store::insert_all(tx.conn(), &rows)
}

/// The letter of a novation to a provider: of a draft for the office alone, as it would be sent now; of one that was issued for that provider too.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such letter for this caller.
pub fn ask(conn: &mut Conn, scope: Scope, (id, provider_id): (Id, Id), today: NaiveDate) -> Result<Asked<Id>, Refusal> {
    let missing = || Refusal::NotFound("letter");
    if !scope.holds(Some(provider_id)) {
        return Err(missing());
    }
    if let Some(row) = store::find(conn, (id, provider_id))? {
        return match row.document_id {
            None => Ok(Asked::Waiting(row.id)),
            Some(document) => documents::get(conn, Scope::Office, document).map(|found| Asked::Made(Box::new(found))),
        };
    }
    let one = novations::find(conn, scope, id)?;
    if one.facts.state != NovationState::Draft {
        return Err(missing());
    }
    let passing = novations::passing(conn, &one, today)?;
    let sheets = sheet::of(conn, &one, &passing.iter().collect::<Vec<_>>(), today, None)?;
    let (_, sheet) = sheets.into_iter().find(|(provider, _)| *provider == provider_id).ok_or_else(missing)?;
    let sheet = serde_json::to_value(sheet).map_err(Refusal::broken)?;
    let file_name = "Draft of a novation.pdf".to_owned();
    Ok(Asked::Draft(ToMake { template: Template::Novation, sheet, file_name }, one.facts.version))
}

/// The novation, where the caller may see it or has a letter of it.
fn written_of(conn: &mut Conn, scope: Scope, id: Id) -> Result<Novation, Refusal> {
    match (novations::find(conn, scope, id), scope) {
        (Err(Refusal::NotFound(what)), Scope::Provider(own)) => match store::find(conn, (id, own))? {
            Some(_) => novations::find(conn, Scope::Office, id),
            None => Err(Refusal::NotFound(what)),
        },
        (found, _) => found,
    }
}

/// Of which provider the letters are that this caller may see; of all for the office.
const fn whose(scope: Scope) -> Option<Id> {
    if let Scope::Provider(own) = scope { Some(own) } else { None }
}

/// A page of the letters of a novation that this caller may see, in the order of their providers' ids, and that novation.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such novation for this caller.
pub fn page(conn: &mut Conn, scope: Scope, id: Id, request: &PageRequest) -> Result<(Novation, Page<Sent>), Refusal> {
    let one = written_of(conn, scope, id)?;
    let page = store::page(conn, id, whose(scope), request)?;
    Ok((one, page))
}

/// The paper of a letter.
pub fn paper(novation: Id, sent: Sent) -> LetterPaper {
    let url = path(novation, sent.provider_id);
    LetterPaper { url, sha256: sent.sha256, size_bytes: sent.size_bytes, pages: sent.pages, made_at: sent.made_at }
}

/// How far the letters of each of these novations have come that this caller may see; nothing of one that has none. Those of one that was refused or taken
/// back are left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn progress(conn: &mut Conn, scope: Scope, all: &[Novation]) -> Result<HashMap<Id, LetterProgress>, Refusal> {
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let mut counts: HashMap<Id, (i64, i64)> = HashMap::new();
    if !ids.is_empty() {
        counts.extend(store::counts(conn, &ids, whose(scope))?.into_iter().map(|(id, of, made)| (id, (of, made))));
    }
    let told = |one: &Novation| {
        let (of, made) = counts.get(&one.id).copied()?;
        let is_over = matches!(one.facts.state, NovationState::Refused | NovationState::Withdrawn);
        let progress = if is_over { LetterProgress { made: 0, of: 0, left_out: of } } else { LetterProgress { made, of, left_out: 0 } };
        Some((one.id, progress))
    };
    Ok(all.iter().filter_map(told).collect())
}

/// The letters of a novation that this caller may see, once all of it are made: the name and the SHA-256 of each, by name; and the novation's reference.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such novation for this caller; [`crate::kernel::Code::WrongState`] where it was not issued, is refused or taken
/// back, and with how many letters are made while not all are.
pub fn archived(conn: &mut Conn, scope: Scope, id: Id) -> Result<(String, Vec<(String, String)>), Refusal> {
    let one = written_of(conn, scope, id)?;
    let made = progress(conn, scope, std::slice::from_ref(&one))?.remove(&id);
    let printed = made.filter(|made| made.of > 0);
    all_made(printed.ok_or_else(|| Refusal::wrong_state("novation", one.facts.state, "printed"))?)?;
    Ok((one.reference, store::kept(conn, id, whose(scope))?))
}

/// Notes that a provider is reminded of a novation today. False where it was today already.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn note_reminder(tx: &mut Tx<'_>, which: (Id, Id)) -> Result<bool, Refusal> {
    let today = tx.today();
    store::note_reminder(tx.conn(), which, today)
}
