//! Notices in the database: each change adds a version.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Refusal};
use crate::publishing::open_data::notices::rules::DecisionNoticeState;
use crate::store::Conn;
use crate::store::schema::{decision_notice as notice, decision_notice_version as version};

/// A notice in one version.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = version, treat_none_as_default_value = false)]
pub struct NoticeRow {
    pub notice_id: Id,
    pub version: i32,
    pub recorded_at: Moment,
    pub state: DecisionNoticeState,
    pub award_id: Id,
    pub variation_id: Option<Id>,
    pub title: String,
    pub decision: String,
    pub reasons: String,
    pub approver: String,
    pub decided_on: NaiveDate,
    pub is_public: bool,
    pub written_by_id: Option<Id>,
    pub written_by: String,
    pub published_on: Option<NaiveDate>,
    pub published_by: Option<String>,
    pub withdrawn_on: Option<NaiveDate>,
    pub withdrawn_by: Option<String>,
    pub withdrawn_reason: Option<String>,
}

/// A reference and what it stands for now.
pub type Found = (String, NoticeRow);

#[diesel::dsl::auto_type]
fn current() -> _ {
    notice::table.inner_join(version::table.on(version::notice_id.eq(notice::id).and(version::version.eq(notice::version))))
}

pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Found>, Refusal> {
    Ok(on!(conn, c => current().filter(notice::id.eq(id)).select((notice::reference, NoticeRow::as_select())).first(c).optional())?)
}

pub fn has_reference(conn: &mut Conn, reference: &str) -> Result<bool, Refusal> {
    let count: i64 = on!(conn, c => notice::table.filter(notice::reference.eq(reference)).count().get_result(c))?;
    Ok(count > 0)
}

/// A page of notices, the newest first.
pub fn page(
    conn: &mut Conn,
    (state, award_id): (Option<DecisionNoticeState>, Option<Id>),
    request: &PageRequest,
) -> Result<Page<Found>, Refusal> {
    let before: Option<Id> = request.after()?;
    let rows: Vec<Found> = on!(conn, c => {
        let mut query = current().select((notice::reference, NoticeRow::as_select())).into_boxed();
        if let Some(state) = state {
            query = query.filter(version::state.eq(state));
        }
        if let Some(award) = award_id {
            query = query.filter(version::award_id.eq(award));
        }
        if let Some(before) = before {
            query = query.filter(notice::id.lt(before));
        }
        query.order(notice::id.desc()).limit(request.fetch()).load(c)
    })?;
    Ok(Page::cut(rows, request, |(_, row)| row.notice_id))
}

/// Notices that the public may see, the one published last first.
pub fn public(conn: &mut Conn) -> Result<Vec<Found>, Refusal> {
    Ok(on!(conn, c => current().filter(version::state.eq(DecisionNoticeState::Published)).filter(version::is_public)
        .order((version::published_on.desc(), notice::id.desc())).select((notice::reference, NoticeRow::as_select())).load(c))?)
}

pub fn begin(conn: &mut Conn, reference: &str, row: &NoticeRow) -> Result<(), Refusal> {
    let values = (
        notice::id.eq(row.notice_id),
        notice::reference.eq(reference),
        notice::version.eq(row.version),
        notice::recorded_at.eq(row.recorded_at),
    );
    on!(conn, c => diesel::insert_into(notice::table).values(values).execute(c))?;
    add(conn, row)
}

pub fn advance(conn: &mut Conn, row: &NoticeRow) -> Result<(), Refusal> {
    let values = (notice::version.eq(row.version), notice::recorded_at.eq(row.recorded_at));
    on!(conn, c => diesel::update(notice::table.find(row.notice_id)).set(values).execute(c))?;
    add(conn, row)
}

fn add(conn: &mut Conn, row: &NoticeRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(version::table).values(row).execute(c))?;
    Ok(())
}
