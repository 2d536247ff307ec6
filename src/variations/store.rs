//! Variations in the database.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{variation as identity, variation_version as version};
use crate::variations::rules::{VariationInput, VariationState};

/// A variation in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variation {
    /// Its id.
    pub id: Id,
    /// The award it changes.
    pub award_id: Id,
    /// `CIF-2020-21-T3-0007-V1`.
    pub reference: String,
    /// Its place among the award's variations, from 1.
    pub number: i32,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// How far it has come.
    pub state: VariationState,
    /// What changes.
    pub input: VariationInput,
    /// What stood when it was issued, of what it touches.
    pub before: Option<Value>,
    /// What stands since it was applied, of what it touches.
    pub after: Option<Value>,
    /// The agreement version it made.
    pub terms_no: Option<i32>,
    /// When it was sent to the provider.
    pub issued_on: Option<NaiveDate>,
    /// When the provider answered.
    pub answered_on: Option<NaiveDate>,
    /// Who answered for the provider.
    pub answered_by: Option<String>,
    /// When it was applied.
    pub applied_on: Option<NaiveDate>,
    /// Why it was refused or taken back.
    pub note: Option<String>,
    /// Where its facts come from.
    pub provenance: Provenance,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    variation_id: Id,
    version: i32,
    recorded_at: Moment,
    effective_on: NaiveDate,
    state: VariationState,
    group_name: Option<String>,
    change_pence: Pence,
    change: String,
    before: Option<String>,
    after: Option<String>,
    terms_no: Option<i32>,
    issued_on: Option<NaiveDate>,
    answered_on: Option<NaiveDate>,
    answered_by: Option<String>,
    applied_on: Option<NaiveDate>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

type Row = (Id, String, i32, VersionRow);

fn assemble((award_id, reference, number, row): Row) -> Result<Variation, Refusal> {
    let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text)).transpose().map_err(Refusal::broken);
    Ok(Variation {
        id: row.variation_id,
        award_id,
        reference,
        number,
        version: row.version,
        recorded_at: row.recorded_at,
        state: row.state,
        input: serde_json::from_str(&row.change).map_err(Refusal::broken)?,
        before: json(row.before)?,
        after: json(row.after)?,
        terms_no: row.terms_no,
        issued_on: row.issued_on,
        answered_on: row.answered_on,
        answered_by: row.answered_by,
        applied_on: row.applied_on,
        note: row.note,
        provenance: Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?,
    })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Variation>, Refusal> {
    let row: Option<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::id.eq(id))
        .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select())).first(c).optional())?;
    row.map(assemble).transpose()
}

/// A page of an award's variations, the first one first; drafts only where `with_drafts`.
pub(super) fn page(conn: &mut Conn, award_id: Id, with_drafts: bool, request: &PageRequest) -> Result<Page<Variation>, Refusal> {
    let after: Option<i32> = request.after()?;
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::variation_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(identity::award_id.eq(award_id)).order(identity::number).limit(request.fetch())
            .select((identity::award_id, identity::reference, identity::number, VersionRow::as_select())).into_boxed();
        if !with_drafts {
            query = query.filter(version::issued_on.is_not_null());
        }
        if let Some(after) = after {
            query = query.filter(identity::number.gt(after));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(assemble).collect::<Result<Vec<_>, _>>()?, request, |one| one.number))
}

/// The highest number among an award's variations; 0 without any.
pub(super) fn last_number(conn: &mut Conn, award_id: Id) -> Result<i32, Refusal> {
    let last: Option<i32> = on!(conn, c => identity::table.filter(identity::award_id.eq(award_id))
        .select(diesel::dsl::max(identity::number)).first(c))?;
    Ok(last.unwrap_or(0))
}

/// Writes a new variation.
pub(super) fn begin(conn: &mut Conn, one: &Variation) -> Result<(), Refusal> {
    let values = (
        identity::id.eq(one.id),
        identity::award_id.eq(one.award_id),
        identity::reference.eq(&one.reference),
        identity::number.eq(one.number),
        identity::version.eq(one.version),
        identity::recorded_at.eq(one.recorded_at),
    );
    on!(conn, c => diesel::insert_into(identity::table).values(values).execute(c))?;
    add_version(conn, one)
}

/// Moves a variation on by one version.
pub(super) fn advance(conn: &mut Conn, one: &Variation) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.version)).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    add_version(conn, one)
}

fn add_version(conn: &mut Conn, one: &Variation) -> Result<(), Refusal> {
    let row = VersionRow {
        variation_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        effective_on: one.input.effective_on,
        state: one.state,
        group_name: one.input.group_name.clone(),
        change_pence: one.input.change_pence(),
        change: serde_json::to_string(&one.input).map_err(Refusal::broken)?,
        before: one.before.as_ref().map(ToString::to_string),
        after: one.after.as_ref().map(ToString::to_string),
        terms_no: one.terms_no,
        issued_on: one.issued_on,
        answered_on: one.answered_on,
        answered_by: one.answered_by.clone(),
        applied_on: one.applied_on,
        note: one.note.clone(),
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced_text(),
        evidence: one.provenance.evidence.clone(),
    };
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}
