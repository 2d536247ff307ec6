//! Redactions in the database, and the only statements that overwrite what a provider wrote.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::returns::packing;
use crate::returns::redaction::rules::{MARK, Masked};
use crate::returns::store::kept_sections;
use crate::store::Conn;
use crate::store::schema::{
    idempotency_key as kept, quarterly_return_version as version, return_adjustment as adjustment, return_content as content,
    return_explanation as explanation, return_query as query, return_query_answer as answer, return_redaction as table,
    return_redaction_place as place, return_service as service, return_spend as spend, return_value as value,
};

/// Personal data taken out of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// Its id.
    pub id: Id,
    /// The return.
    pub return_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// When it was done.
    pub redacted_on: NaiveDate,
    /// Who did it.
    pub made_by: String,
    /// Why.
    pub reason: String,
    /// Where.
    pub places: Vec<Place>,
}

/// Where something was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A text of a content.
    Text {
        /// The number of the content.
        content_no: i32,
        /// Where in it.
        pointer: String,
        /// The hash of the content as it is without the text.
        content_sha256: String,
    },
    /// A question and its answer.
    Query(Id),
    /// A file.
    Document(Id),
    /// Why a version of the return differs from the one before.
    Reason(i32),
    /// Why an adjustment was made.
    Adjustment(Id),
    /// Where the return is from.
    Evidence,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct Row {
    id: Id,
    return_id: Id,
    recorded_at: Moment,
    redacted_on: NaiveDate,
    made_by: String,
    reason: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = place)]
struct PlaceRow {
    redaction_id: Id,
    position: i32,
    content_no: Option<i32>,
    pointer: Option<String>,
    content_sha256: Option<String>,
    query_id: Option<Id>,
    document_id: Option<Id>,
    reason_version: Option<i32>,
    adjustment_id: Option<Id>,
    is_evidence: bool,
}

fn place_row(redaction_id: Id, position: i32, one: &Place) -> PlaceRow {
    let bare = PlaceRow {
        redaction_id,
        position,
        content_no: None,
        pointer: None,
        content_sha256: None,
        query_id: None,
        document_id: None,
        reason_version: None,
        adjustment_id: None,
        is_evidence: false,
    };
    match one {
        Place::Text { content_no, pointer, content_sha256 } => {
            PlaceRow { content_no: Some(*content_no), pointer: Some(pointer.clone()), content_sha256: Some(content_sha256.clone()), ..bare }
        }
        Place::Query(id) => PlaceRow { query_id: Some(*id), ..bare },
        Place::Document(id) => PlaceRow { document_id: Some(*id), ..bare },
        Place::Reason(version) => PlaceRow { reason_version: Some(*version), ..bare },
        Place::Adjustment(id) => PlaceRow { adjustment_id: Some(*id), ..bare },
        Place::Evidence => PlaceRow { is_evidence: true, ..bare },
    }
}

fn place(row: PlaceRow) -> Option<Place> {
    match (row.content_no, row.pointer, row.content_sha256) {
        (Some(content_no), Some(pointer), Some(content_sha256)) => Some(Place::Text { content_no, pointer, content_sha256 }),
        _ => {
            let named = row.query_id.map(Place::Query).or_else(|| row.document_id.map(Place::Document));
            let of_office = || row.reason_version.map(Place::Reason).or_else(|| row.adjustment_id.map(Place::Adjustment));
            named.or_else(of_office).or_else(|| row.is_evidence.then_some(Place::Evidence))
        }
    }
}

pub(super) fn insert(conn: &mut Conn, one: &Redaction) -> Result<(), Refusal> {
    let row = Row {
        id: one.id,
        return_id: one.return_id,
        recorded_at: one.recorded_at,
        redacted_on: one.redacted_on,
        made_by: one.made_by.clone(),
        reason: one.reason.clone(),
    };
    on!(conn, c => diesel::insert_into(table::table).values(&row).execute(c))?;
    let places: Vec<PlaceRow> = (0..).zip(&one.places).map(|(position, own)| place_row(one.id, position, own)).collect();
    on!(conn, c => diesel::insert_into(place::table).values(&places).execute(c))?;
    Ok(())
}

/// All redactions of a return, in the order in which they were done.
pub(super) fn of_return(conn: &mut Conn, return_id: Id) -> Result<Vec<Redaction>, Refusal> {
    let rows: Vec<Row> =
        on!(conn, c => table::table.filter(table::return_id.eq(return_id)).order(table::id).select(Row::as_select()).load(c))?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let own: Vec<PlaceRow> = on!(conn, c => place::table.filter(place::redaction_id.eq_any(&ids))
        .order((place::redaction_id, place::position)).select(PlaceRow::as_select()).load(c))?;
    let mut places: HashMap<Id, Vec<Place>> = HashMap::new();
    for row in own {
        places.entry(row.redaction_id).or_default().extend(place(row));
    }
    let whole = |row: Row| Redaction {
        places: places.remove(&row.id).unwrap_or_default(),
        id: row.id,
        return_id: row.return_id,
        recorded_at: row.recorded_at,
        redacted_on: row.redacted_on,
        made_by: row.made_by,
        reason: row.reason,
    };
    Ok(rows.into_iter().map(whole).collect())
}

/// Writes the marks of one version of a content over its texts.
pub(super) fn overwrite(conn: &mut Conn, id: Id, one: &Masked) -> Result<(), Refusal> {
    let (no, after) = (one.content_no, &one.after);
    let texts = (content::narrative.eq(&after.narrative), content::risks.eq(&after.risks), content::sections.eq(kept_sections(after)?));
    on!(conn, c => diesel::update(content::table.find((id, no))).set(texts).execute(c))?;
    let note = after.staffing.as_ref().and_then(|own| own.note.as_deref());
    let unit = after.capacity.as_ref().and_then(|own| own.unit.as_deref());
    let texts = (service::staffing_note.eq(note), service::capacity_unit.eq(unit), service::case_study.eq(&after.case_study));
    on!(conn, c => diesel::update(service::table.find((id, no))).set(texts).execute(c))?;
    for (position, line) in (0_i32..).zip(after.spend.iter().flatten()).filter(|(_, line)| line.note.as_deref() == Some(MARK)) {
        on!(conn, c => diesel::update(spend::table.find((id, no, position))).set(spend::note.eq(&line.note)).execute(c))?;
    }
    for (position, own) in (0_i32..).zip(&after.values).filter(|(_, own)| own.basis.as_deref() == Some(MARK)) {
        on!(conn, c => diesel::update(value::table.find((id, no, position))).set(value::basis.eq(&own.basis)).execute(c))?;
    }
    packing::store::renew(conn, id, no)?;
    for (position, own) in (0_i32..).zip(&after.explanations).filter(|(_, own)| own.text == MARK) {
        on!(conn, c => diesel::update(explanation::table.find((id, no, position))).set(explanation::text.eq(&own.text)).execute(c))?;
    }
    Ok(())
}

/// Writes marks over a question, its answer, and the versions of the return that show the question as their last.
pub(super) fn overwrite_query(conn: &mut Conn, return_id: Id, query_id: Id, question: &str) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(query::table.find(query_id)).set(query::question.eq(MARK)).execute(c))?;
    on!(conn, c => diesel::update(answer::table.find(query_id)).set(answer::answer.eq(MARK)).execute(c))?;
    let shown = version::table.filter(version::return_id.eq(return_id).and(version::query.eq(question)));
    on!(conn, c => diesel::update(shown).set(version::query.eq(MARK)).execute(c))?;
    Ok(())
}

/// Writes marks over a reason, wherever a version of the return gives it, as its own or as why it is due later.
pub(super) fn overwrite_reason(conn: &mut Conn, return_id: Id, reason: &str) -> Result<(), Refusal> {
    let own = version::table.filter(version::return_id.eq(return_id).and(version::reason.eq(reason)));
    on!(conn, c => diesel::update(own).set(version::reason.eq(MARK)).execute(c))?;
    let due = version::table.filter(version::return_id.eq(return_id).and(version::due_reason.eq(reason)));
    on!(conn, c => diesel::update(due).set(version::due_reason.eq(MARK)).execute(c))?;
    Ok(())
}

/// Writes a mark over the reason of an adjustment.
pub(super) fn overwrite_adjustment(conn: &mut Conn, id: Id) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(adjustment::table.find(id)).set(adjustment::reason.eq(MARK)).execute(c))?;
    Ok(())
}

/// The lines that say where versions of the return are from, each once.
pub(super) fn evidence(conn: &mut Conn, return_id: Id) -> Result<Vec<String>, Refusal> {
    Ok(on!(conn, c => version::table.filter(version::return_id.eq(return_id).and(version::evidence.is_not_null())).distinct()
        .order(version::evidence).select(version::evidence.assume_not_null()).load(c))?)
}

/// Writes marks over those lines.
pub(super) fn overwrite_evidence(conn: &mut Conn, return_id: Id) -> Result<(), Refusal> {
    let told = version::table.filter(version::return_id.eq(return_id).and(version::evidence.is_not_null()));
    on!(conn, c => diesel::update(told).set(version::evidence.eq(MARK)).execute(c))?;
    Ok(())
}

/// Writes marks over these words in answers that are kept for repeated requests and tell of this return.
pub(super) fn overwrite_kept(conn: &mut Conn, return_id: Id, words: &[String]) -> Result<(), Refusal> {
    let tells = format!("%{return_id}%");
    let rows: Vec<(String, String, String)> =
        on!(conn, c => kept::table.filter(kept::body.like(&tells)).select((kept::caller, kept::key, kept::body)).load(c))?;
    for (caller, key, body) in rows {
        let mut mended = body.clone();
        for word in words {
            let quoted = serde_json::to_string(word).map_err(Refusal::broken)?;
            mended = mended.replace(&quoted, &format!("\"{MARK}\""));
        }
        if mended != body {
            let one = kept::table.filter(kept::caller.eq(&caller).and(kept::key.eq(&key)));
            on!(conn, c => diesel::update(one).set(kept::body.eq(&mended)).execute(c))?;
        }
    }
    Ok(())
}
