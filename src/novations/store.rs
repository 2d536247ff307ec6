//! Novations in the database.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use crate::access::Scope;
use crate::kernel::{Id, Moment, Page, PageRequest, Refusal};
use crate::novations::rules::{NovationKind, NovationState};
use crate::store::Conn;
use crate::store::schema::{novation as identity, novation_award as chosen, novation_version as version};

/// How many rows are written at once, since a statement takes only so many parameters.
const ROWS_AT_ONCE: usize = 1_000;

/// What a novation is in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = version, treat_none_as_default_value = false)]
pub struct NovationFacts {
    /// Which novation.
    pub novation_id: Id,
    /// Which version this is, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The first day on which the successor is party.
    pub effective_on: NaiveDate,
    /// How far it has come.
    pub state: NovationState,
    /// Whose agreements pass on.
    pub kind: NovationKind,
    /// Who was party.
    pub from_id: Id,
    /// Who is party from the day on.
    pub to_id: Id,
    /// Whether the one before is there no more.
    pub from_ceased: bool,
    /// Whether agreements that cannot pass on are left out.
    pub skip_refused: bool,
    /// Why.
    pub reason: String,
    /// Which agreements were asked for, as JSON.
    pub chosen: String,
    /// Who drafted it.
    pub drafted_by_id: Option<Id>,
    /// Their name.
    pub drafted_by: String,
    /// When it was sent to the parties.
    pub issued_on: Option<NaiveDate>,
    /// Who sent it.
    pub issued_by_id: Option<Id>,
    /// Their name.
    pub issued_by: Option<String>,
    /// When the successor accepted it.
    pub to_accepted_on: Option<NaiveDate>,
    /// Who accepted for it.
    pub to_accepted_by: Option<String>,
    /// When the one before accepted it.
    pub from_accepted_on: Option<NaiveDate>,
    /// Who accepted for it.
    pub from_accepted_by: Option<String>,
    /// Who of the office accepted for the successor by a paper.
    pub to_accepted_on_behalf_by: Option<String>,
    /// Who signed that paper. The log does without the name: the paper has it.
    #[serde(skip_serializing)]
    pub to_signed_by: Option<String>,
    /// That paper, a file of the novation.
    pub to_signed_document_id: Option<Id>,
    /// Who of the office accepted for the one before by a paper.
    pub from_accepted_on_behalf_by: Option<String>,
    /// Who signed that paper.
    #[serde(skip_serializing)]
    pub from_signed_by: Option<String>,
    /// That paper, a file of the novation.
    pub from_signed_document_id: Option<Id>,
    /// When the agreements passed on.
    pub applied_on: Option<NaiveDate>,
    /// Why it was refused or taken back.
    pub note: Option<String>,
}

/// A novation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Novation {
    /// Its id.
    pub id: Id,
    /// `NOV-0001`.
    pub reference: String,
    /// Its number.
    pub number: i32,
    /// What it is.
    pub facts: NovationFacts,
}

/// An agreement of a novation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = chosen, treat_none_as_default_value = false)]
pub struct Chosen {
    /// The novation.
    pub novation_id: Id,
    /// The award.
    pub award_id: Id,
    /// The number of the agreement that held when the novation was issued or, once it has passed on, of the last one with the party before.
    pub before_no: i32,
    /// The number of the first agreement with the successor.
    pub after_no: Option<i32>,
    /// Why it was left out.
    pub left_out: Option<String>,
}

type Row = ((Id, String, i32), NovationFacts);

fn assemble(((id, reference, number), facts): Row) -> Novation {
    Novation { id, reference, number, facts }
}

/// Novations in their current version.
#[diesel::dsl::auto_type]
fn current() -> _ {
    identity::table.inner_join(version::table.on(version::novation_id.eq(identity::id).and(version::version.eq(identity::version))))
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Novation>, Refusal> {
    let row: Option<Row> = on!(conn, c => current().filter(identity::id.eq(id))
        .select(((identity::id, identity::reference, identity::number), NovationFacts::as_select())).first(c).optional())?;
    Ok(row.map(assemble))
}

/// A page of the novations that this caller sees, the first one first: a provider those that it is party to, once issued.
pub(super) fn page(conn: &mut Conn, scope: Scope, state: Option<NovationState>, request: &PageRequest) -> Result<Page<Novation>, Refusal> {
    let after: Option<i32> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = current().order(identity::number).limit(request.fetch())
            .select(((identity::id, identity::reference, identity::number), NovationFacts::as_select())).into_boxed();
        match scope {
            Scope::Office => {}
            Scope::Provider(own) => {
                query = query.filter(version::from_id.eq(own).or(version::to_id.eq(own))).filter(version::issued_on.is_not_null());
            }
            Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
        }
        if let Some(state) = state { query = query.filter(version::state.eq(state)); }
        if let Some(after) = after { query = query.filter(identity::number.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(assemble).collect(), request, |one| one.number))
}

/// The highest number that was given; 0 without any.
pub(super) fn last_number(conn: &mut Conn) -> Result<i32, Refusal> {
    let last: Option<i32> = on!(conn, c => identity::table.select(diesel::dsl::max(identity::number)).first(c))?;
    Ok(last.unwrap_or(0))
}

/// Writes a new novation.
pub(super) fn begin(conn: &mut Conn, one: &Novation) -> Result<(), Refusal> {
    let values = (
        identity::id.eq(one.id),
        identity::reference.eq(&one.reference),
        identity::number.eq(one.number),
        identity::version.eq(one.facts.version),
        identity::recorded_at.eq(one.facts.recorded_at),
    );
    on!(conn, c => diesel::insert_into(identity::table).values(values).execute(c))?;
    on!(conn, c => diesel::insert_into(version::table).values(&one.facts).execute(c))?;
    Ok(())
}

/// Moves a novation on by one version.
pub(super) fn advance(conn: &mut Conn, one: &Novation) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.facts.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.facts.version)).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    on!(conn, c => diesel::insert_into(version::table).values(&one.facts).execute(c))?;
    Ok(())
}

/// The agreements of a novation, in the order of their ids.
pub(super) fn awards(conn: &mut Conn, novation: Id) -> Result<Vec<Chosen>, Refusal> {
    let rows: Vec<Chosen> = on!(conn, c => chosen::table.filter(chosen::novation_id.eq(novation)).order(chosen::award_id)
        .select(Chosen::as_select()).load(c))?;
    Ok(rows)
}

/// A page of them.
pub(super) fn awards_page(conn: &mut Conn, novation: Id, request: &PageRequest) -> Result<Page<Chosen>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<Chosen> = on!(conn, c => {
        let mut query = chosen::table.filter(chosen::novation_id.eq(novation)).order(chosen::award_id).limit(request.fetch())
            .select(Chosen::as_select()).into_boxed();
        if let Some(after) = after { query = query.filter(chosen::award_id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, request, |one| one.award_id))
}

/// How many agreements each of these novations has, how many have passed on, and how many were left out.
pub(super) fn counts(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, i64, i64, i64)>, Refusal> {
    Ok(on!(conn, c => chosen::table.filter(chosen::novation_id.eq_any(ids)).group_by(chosen::novation_id)
        .select((chosen::novation_id, diesel::dsl::count_star(), diesel::dsl::count(chosen::after_no), diesel::dsl::count(chosen::left_out)))
        .load(c))?)
}

/// Keeps which agreements a novation passes on, in place of what was kept before.
pub(super) fn keep(conn: &mut Conn, novation: Id, all: &[Chosen]) -> Result<(), Refusal> {
    on!(conn, c => diesel::delete(chosen::table.filter(chosen::novation_id.eq(novation))).execute(c))?;
    for some in all.chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(chosen::table).values(some).execute(c))?;
    }
    Ok(())
}
