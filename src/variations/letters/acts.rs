//! Fixing what a letter says, and keeping it once it is made.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::access::users::acts as users;
use crate::awards::Award;
use crate::documents::{self, Attached, DocumentView, Placed, Template};
use crate::kernel::plain::day;
use crate::kernel::{Actor, ActorKind, Code, Id, Moment, Refusal};
use crate::store::{Conn, Tx};
use crate::variations::acts::{self as variations, award_of};
use crate::variations::letters::making::{Asked, Found, ToMake};
use crate::variations::letters::sheet::{self, Around, Sheet};
use crate::variations::letters::store::{self, LetterRow};
use crate::variations::letters::{RECORD_KIND, ToSend};
use crate::variations::prospects::{self, Prospect};
use crate::variations::rules::VariationState;
use crate::variations::store::Variation;

pub use crate::variations::letters::store::Which;

/// The paper of a letter, made once and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LetterPaper {
    /// Where it is to be had.
    #[schema(max_length = 120, example = "/v1/variations/0190e2a4-1f4e-7b4e-9d59-3c8f6f1e2a10/letter")]
    pub url: String,
    /// SHA-256 of the PDF, in hexadecimal; none while it is not made yet. Whoever asks for it first has it made.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// How long it is, in bytes.
    #[schema(minimum = 1)]
    pub size_bytes: Option<i64>,
    /// How many pages it has.
    #[schema(minimum = 1)]
    pub pages: Option<i32>,
    /// When it was made.
    pub made_at: Option<Moment>,
}

/// How far the making of letters has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LetterProgress {
    /// How many are made.
    #[schema(minimum = 0)]
    pub made: i64,
    /// Of how many.
    #[schema(minimum = 0)]
    pub of: i64,
    /// How many are left out: those of variations that were taken back or lapsed, and of a novation that was taken back or refused. Each can still be
    /// fetched by itself.
    #[schema(minimum = 0)]
    pub left_out: i64,
}

/// Fixes what the letter of a variation says, which is being issued.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn freeze(tx: &mut Tx<'_>, award: &Award, one: &Variation) -> Result<(), Refusal> {
    let today = tx.today();
    let beside = prospects::of(tx.conn(), award.id, std::slice::from_ref(one), today)?.pop().unwrap_or_default();
    fix(tx, &[(award, one, &beside)])
}

/// Fixes what the letters of variations say that are being issued, or issued again on other figures, in a few statements.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::variations) fn freeze_all(tx: &mut Tx<'_>, all: &[ToSend<'_>]) -> Result<(), Refusal> {
    let told = |one: &ToSend<'_>| Prospect { before: one.variation.before.clone(), after: one.after.cloned(), ..Prospect::default() };
    let prospects: Vec<Prospect> = all.iter().map(told).collect();
    let beside: Vec<(&Award, &Variation, &Prospect)> =
        all.iter().zip(&prospects).map(|(one, told)| (one.award, one.variation, told)).collect();
    fix(tx, &beside)
}

/// Each letter stays as it is, made or not, and the next one of its variation says which it replaces.
fn fix(tx: &mut Tx<'_>, all: &[(&Award, &Variation, &Prospect)]) -> Result<(), Refusal> {
    let (today, signed_by) = (tx.today(), signature(tx)?);
    let mut last = store::last_of(tx.conn(), &all.iter().map(|(_, one, _)| one.id).collect::<Vec<_>>())?;
    let around = Around::of(tx.conn(), all, today)?;
    let mut rows = Vec::with_capacity(all.len());
    for &(award, one, beside) in all {
        let before = last.remove(&one.id);
        let replaces = before.as_ref().map(|(_, sheet)| sheet::day_of(sheet)).transpose()?;
        let sheet = sheet::of(&around, award, one, beside, Some(signed_by.clone())).in_place_of(replaces);
        rows.push(fixed(tx, (award, one), before.map_or(1, |(number, _)| number + 1), &sheet)?);
    }
    store::insert_all(tx.conn(), &rows)
}

/// Those of these variations that were issued again on this day, since they were rebased.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::variations) fn issued_again_on(conn: &mut Conn, variations: &[Id], on: NaiveDate) -> Result<HashSet<Id>, Refusal> {
    let again = store::last_of(conn, variations)?.into_iter().filter(|(_, (number, _))| *number > 1);
    let days = again.map(|(id, (_, sheet))| Ok((id, sheet::day_of(&sheet)?))).collect::<Result<Vec<(Id, String)>, Refusal>>()?;
    let printed = day(on);
    Ok(days.into_iter().filter(|(_, day)| *day == printed).map(|(id, _)| id).collect())
}

/// A letter that is fixed and not made yet.
fn fixed(tx: &Tx<'_>, (award, one): (&Award, &Variation), number: i32, sheet: &Sheet) -> Result<LetterRow, Refusal> {
    Ok(LetterRow {
        variation_id: one.id,
        number,
        recorded_at: tx.recorded_at(),
        provider_id: award.names.provider.as_ref().map(|named| named.id),
        template: sheet::template(one).word().to_owned(),
        sheet: serde_json::to_string(sheet).map_err(Refusal::broken)?,
        document_id: None,
        sha256: None,
        size_bytes: None,
        pages: None,
        made_at: None,
    })
}

/// The name under a letter: that of whoever issues it, as others see it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn signature(tx: &mut Tx<'_>) -> Result<String, Refusal> {
    let Actor { kind, id, name, .. } = tx.actor().clone();
    match id {
        Some(id) if kind == ActorKind::User => users::get(tx.conn(), id).map(|user| user.facts.name),
        _ => Ok(name),
    }
}

/// The letter of a variation that the caller may see.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such variation for this caller, or it has no letter: one that was taken in has none.
pub fn ask(conn: &mut Conn, scope: Scope, id: Id, today: NaiveDate) -> Result<Asked<Which>, Refusal> {
    let one = variations::find(conn, scope, id)?;
    if one.issued_on.is_none() && one.state != VariationState::Withdrawn {
        let award = award_of(conn, one.award_id)?;
        let beside = prospects::of(conn, award.id, std::slice::from_ref(&one), today)?.pop().unwrap_or_default();
        let around = Around::of(conn, &[(&award, &one, &beside)], today)?;
        let sheet = serde_json::to_value(sheet::of(&around, &award, &one, &beside, None)).map_err(Refusal::broken)?;
        let file_name = "Draft of a variation.pdf".to_owned();
        return Ok(Asked::Draft(ToMake { template: sheet::template(&one), sheet, file_name }, one.version));
    }
    let row = store::find(conn, id)?.ok_or(Refusal::NotFound("letter"))?;
    match row.document_id {
        None => Ok(Asked::Waiting((id, row.number))),
        Some(document) => documents::get(conn, Scope::Office, document).map(|found| Asked::Made(Box::new(found))),
    }
}

/// What is to be made for a letter, where it is not made yet.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such letter.
pub fn to_make(conn: &mut Conn, which: Which) -> Result<Found, Refusal> {
    let row = store::one(conn, which)?.ok_or(Refusal::NotFound("letter"))?;
    if let Some(document) = row.document_id {
        return documents::get(conn, Scope::Office, document).map(|found| Found::Made(Box::new(found)));
    }
    let template = row.template.parse::<Template>().map_err(Refusal::broken)?;
    ToMake::fixed(template, &row.sheet, &["/reference"]).map(Found::Waiting)
}

/// Keeps a letter that was made, for the provider that it was written to; where another one was kept meanwhile, that one stays.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such letter.
pub fn keep(tx: &mut Tx<'_>, which: Which, placed: &Placed, pages: i32) -> Result<DocumentView, Refusal> {
    let (id, _) = which;
    tx.touch(id);
    let row = store::one(tx.conn(), which)?.ok_or(Refusal::NotFound("letter"))?;
    if let Some(document) = row.document_id {
        return documents::get(tx.conn(), Scope::Office, document);
    }
    let attached = Attached { record_kind: RECORD_KIND, record_id: id, provider_id: row.provider_id, office_only: false };
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

/// The first letter after the one `after` that is not made yet, by the id of its variation and its number.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn waiting(conn: &mut Conn, after: Option<Which>) -> Result<Option<Which>, Refusal> {
    store::waiting(conn, after)
}

/// The papers of these variations, of those that have one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn papers(conn: &mut Conn, all: &[Variation]) -> Result<HashMap<Id, LetterPaper>, Refusal> {
    let issued: Vec<Id> = all.iter().filter(|one| one.issued_on.is_some()).map(|one| one.id).collect();
    if issued.is_empty() {
        return Ok(HashMap::new());
    }
    let paper = |(id, sha256, size_bytes, pages, made_at): store::FileRow| {
        (id, LetterPaper { url: format!("/v1/variations/{id}/letter"), sha256, size_bytes, pages, made_at })
    };
    Ok(store::files(conn, &issued)?.into_iter().map(paper).collect())
}

/// Those of these variations whose letters are handed out together: not what was taken back or lapsed, which nobody is to sign any more.
pub fn handed_out(all: &[Variation]) -> Vec<Variation> {
    let has_ended = |one: &&Variation| matches!(one.state, VariationState::Withdrawn | VariationState::Lapsed);
    all.iter().filter(|one| !has_ended(one)).cloned().collect()
}

/// How far the letters of these variations have come, of those that are handed out together.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn progress(conn: &mut Conn, all: &[Variation]) -> Result<LetterProgress, Refusal> {
    let (told, papers) = (papers(conn, all)?.len(), papers(conn, &handed_out(all))?);
    let count = |number: usize| i64::try_from(number).map_err(Refusal::broken);
    let made = papers.values().filter(|paper| paper.sha256.is_some()).count();
    let of = count(papers.len())?;
    Ok(LetterProgress { made: count(made)?, of, left_out: count(told)? - of })
}

/// How far the letters of each of these campaigns have come; nothing of one that has none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_campaigns(conn: &mut Conn, campaigns: &[Id]) -> Result<HashMap<Id, LetterProgress>, Refusal> {
    let progress = |(id, (of, made, left_out)): (Id, (i64, i64, i64))| (id, LetterProgress { made, of, left_out });
    Ok(store::of_campaigns(conn, campaigns)?.into_iter().map(progress).collect())
}

/// Refuses while not all letters are made.
///
/// # Errors
/// [`Code::WrongState`] with how many are.
pub fn all_made(progress: LetterProgress) -> Result<(), Refusal> {
    let LetterProgress { made, of, .. } = progress;
    if made == of {
        return Ok(());
    }
    let detail = format!("{made} of {of} letters are made. The others are being made; ask again in a minute.");
    Err(Refusal::rule_with(Code::WrongState, detail, serde_json::json!({ "letters": progress })))
}
