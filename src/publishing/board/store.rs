//! Snapshots for the board in the database. Nothing of them is ever changed.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::funds::claims::rules::ClaimState;
use crate::kernel::{Id, Moment, Page, PageRequest, Quarter, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    board_sign_off as sign_off, board_snapshot as table, board_snapshot_beside as beside, board_snapshot_claim as beside_claim,
    funder_claim as claim, funder_claim_figures as frozen, funder_claim_version as claim_version,
};

/// A snapshot as it was made, but for its report.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
pub struct SnapshotRow {
    pub id: Id,
    pub recorded_at: Moment,
    pub quarter: Quarter,
    pub as_at: NaiveDate,
    pub known_at: Moment,
    pub suppressed_count: i64,
    pub sha256: String,
    pub made_on: NaiveDate,
    pub made_by_id: Option<Id>,
    pub made_by: String,
}

/// That an officer signed a snapshot off.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_off)]
pub struct SignOffRow {
    pub snapshot_id: Id,
    pub recorded_at: Moment,
    pub signed_off_on: NaiveDate,
    pub signed_off_by_id: Option<Id>,
    pub signed_off_by: String,
}

type Both = (SnapshotRow, Option<SignOffRow>);

/// Keeps a snapshot with its report, and beside which others, and which claims, it was held.
pub fn insert(conn: &mut Conn, row: &SnapshotRow, report: &str, (others, claims): (&[Id], &[Id])) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(table::table).values((row, table::report.eq(report))).execute(c))?;
    let rows: Vec<_> = others.iter().map(|other| (beside::snapshot_id.eq(row.id), beside::beside_id.eq(*other))).collect();
    if !rows.is_empty() {
        on!(conn, c => diesel::insert_into(beside::table).values(&rows).execute(c))?;
    }
    let rows: Vec<_> =
        claims.iter().map(|claim| (beside_claim::snapshot_id.eq(row.id), beside_claim::funder_claim_id.eq(*claim))).collect();
    if !rows.is_empty() {
        on!(conn, c => diesel::insert_into(beside_claim::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// The report of a snapshot, as it was written.
pub fn report(conn: &mut Conn, id: Id) -> Result<String, Refusal> {
    let text: String = on!(conn, c => table::table.find(id).select(table::report).first(c))?;
    Ok(text)
}

/// Beside which others each of these snapshots was held.
pub fn held_beside(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, HashSet<Id>>, Refusal> {
    let rows: Vec<(Id, Id)> = on!(conn, c => beside::table.filter(beside::snapshot_id.eq_any(ids)).load(c))?;
    let mut all: HashMap<Id, HashSet<Id>> = HashMap::new();
    for (id, other) in rows {
        all.entry(id).or_default().insert(other);
    }
    Ok(all)
}

/// Beside which claims each of these snapshots was held.
pub fn held_beside_claims(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, HashSet<Id>>, Refusal> {
    let rows: Vec<(Id, Id)> = on!(conn, c => beside_claim::table.filter(beside_claim::snapshot_id.eq_any(ids)).load(c))?;
    let mut all: HashMap<Id, HashSet<Id>> = HashMap::new();
    for (id, claim) in rows {
        all.entry(id).or_default().insert(claim);
    }
    Ok(all)
}

/// The claims that funders have, with their first and last days.
pub fn certified_claims(conn: &mut Conn) -> Result<Vec<(Id, NaiveDate, NaiveDate)>, Refusal> {
    let rows: Vec<(Id, NaiveDate, NaiveDate)> = on!(conn, c => claim::table
        .inner_join(claim_version::table.on(claim_version::funder_claim_id.eq(claim::id).and(claim_version::version.eq(claim::version))))
        .inner_join(frozen::table.on(frozen::funder_claim_id.eq(claim::id)))
        .filter(claim_version::state.ne(ClaimState::Withdrawn)).order(claim::id)
        .select((claim::id, claim_version::starts_on, claim_version::ends_on)).load(c))?;
    Ok(rows)
}

pub fn sign(conn: &mut Conn, row: &SignOffRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(sign_off::table).values(row).execute(c))?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Both>, Refusal> {
    let found: Option<Both> = on!(conn, c => table::table.left_join(sign_off::table.on(sign_off::snapshot_id.eq(table::id)))
        .filter(table::id.eq(id)).select((SnapshotRow::as_select(), Option::<SignOffRow>::as_select())).first(c).optional())?;
    Ok(found)
}

/// A page of snapshots in the order in which they were made; of one quarter, or only those that are signed off.
pub fn page(conn: &mut Conn, quarter: Option<Quarter>, signed_only: bool, request: &PageRequest) -> Result<Page<Both>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<Both> = on!(conn, c => {
        let mut query = table::table.left_join(sign_off::table.on(sign_off::snapshot_id.eq(table::id)))
            .select((SnapshotRow::as_select(), Option::<SignOffRow>::as_select())).into_boxed();
        if let Some(quarter) = quarter {
            query = query.filter(table::quarter.eq(quarter));
        }
        if signed_only {
            query = query.filter(sign_off::snapshot_id.is_not_null());
        }
        if let Some(after) = after {
            query = query.filter(table::id.gt(after));
        }
        query.order(table::id).limit(request.fetch()).load(c)
    })?;
    Ok(Page::cut(rows, request, |(row, _)| row.id))
}

/// Which snapshots were signed off, and their quarters.
pub fn signed(conn: &mut Conn) -> Result<Vec<(Id, Quarter)>, Refusal> {
    let rows: Vec<(Id, Quarter)> = on!(conn, c => table::table.inner_join(sign_off::table.on(sign_off::snapshot_id.eq(table::id)))
        .order(table::id).select((table::id, table::quarter)).load(c))?;
    Ok(rows)
}

/// Some snapshots of all with their reports, by their ids.
pub fn after(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<(SnapshotRow, String)>, Refusal> {
    let rows: Vec<(SnapshotRow, String)> = on!(conn, c => {
        let mut query = table::table.into_boxed();
        if let Some(after) = after {
            query = query.filter(table::id.gt(after));
        }
        query.order(table::id).limit(limit).select((SnapshotRow::as_select(), table::report)).load(c)
    })?;
    Ok(rows)
}
