//! What accepted returns say of awards' services.

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Pence, Quantity, Refusal};
use crate::reports::asked::At;
use crate::returns::rules::ReturnState;
use crate::store::Conn;
use crate::store::schema::{quarterly_return, quarterly_return_version, return_service as service};
use quarterly_return_version as version;

diesel::alias!(quarterly_return_version as later: LaterTold);

/// What an accepted return says of the service.
#[derive(Debug, Clone, Queryable)]
pub struct ToldRow {
    pub award_id: Id,
    pub return_id: Id,
    pub period: String,
    pub ends_on: NaiveDate,
    pub illustrative: bool,
    pub caseload: (Option<i64>, Option<i64>, Option<i64>, Option<i64>),
    pub staff: (Option<Quantity>, Option<Quantity>, Option<Quantity>),
    pub waiting: (Option<i64>, Option<i64>),
    pub grants: (Option<i64>, Option<Pence>),
}

/// What the accepted returns say of their services whose period ends from `first` to `last`, by award and period.
pub fn told(conn: &mut Conn, at: At, (first, last): (NaiveDate, NaiveDate)) -> Result<Vec<ToldRow>, Refusal> {
    let rows: Vec<ToldRow> = on!(conn, c => version::table
        .inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
        .inner_join(service::table.on(service::return_id.eq(version::return_id).and(service::content_no.eq(version::content_no))))
        .filter(version::state.eq(ReturnState::Accepted)).filter(version::ends_on.between(first, last))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .order((quarterly_return::award_id, version::ends_on, version::return_id))
        .select((quarterly_return::award_id, version::return_id, quarterly_return::period, version::ends_on, version::illustrative,
            (service::brought_forward, service::new_cases, service::closed_cases, service::carried_forward),
            (service::posts_filled_thousandths, service::posts_vacant_thousandths, service::sickness_days_thousandths),
            (service::people_waiting, service::longest_wait_days), (service::onward_grants_number, service::onward_grants_pence))).load(c))?;
    Ok(rows)
}
