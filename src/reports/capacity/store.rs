//! What accepted returns and the office say of awards' services.

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::awards::rules::DeliveryMode;
use crate::kernel::{Id, Quantity, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{award_version, quarterly_return, quarterly_return_version, return_service as service};
use quarterly_return_version as version;

diesel::alias!(quarterly_return_version as later: LaterServed);

/// What an accepted return says of the service.
#[derive(Debug, Clone, Queryable)]
pub struct ServedRow {
    pub award_id: Id,
    pub return_id: Id,
    pub period: String,
    pub ends_on: NaiveDate,
    pub mode: Option<DeliveryMode>,
    pub unit: Option<String>,
    pub contracted: Option<Quantity>,
    pub used: Option<Quantity>,
    pub spare: Option<Quantity>,
    pub illustrative: bool,
}

impl ServedRow {
    /// Whether it says anything of the capacity.
    pub fn tells_capacity(&self) -> bool {
        self.contracted.is_some() || self.used.is_some() || self.spare.is_some()
    }
}

/// What accepted returns say of their services, the later period of an award later.
pub fn served(conn: &mut Conn, at: At) -> Result<Vec<ServedRow>, Refusal> {
    let rows: Vec<ServedRow> = on!(conn, c => version::table
        .inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
        .inner_join(service::table.on(service::return_id.eq(version::return_id).and(service::content_no.eq(version::content_no))))
        .filter(version::state.eq("accepted"))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .order((version::ends_on, version::return_id))
        .select((quarterly_return::award_id, version::return_id, quarterly_return::period, version::ends_on,
            service::delivery_mode, service::capacity_unit, service::capacity_contracted_thousandths,
            service::capacity_used_thousandths, service::capacity_spare_thousandths, version::illustrative)).load(c))?;
    Ok(rows)
}

/// How the office says that awards are delivered, and since when; no mode where it says that it is not known. The later of two comes later.
pub fn noted(conn: &mut Conn, at: At) -> Result<Vec<(Id, Option<DeliveryMode>, Option<NaiveDate>)>, Refusal> {
    let rows: Vec<(Id, Option<DeliveryMode>, Option<NaiveDate>)> = on!(conn, c => award_version::table
        .filter(award_version::delivery_mode.is_not_null().or(award_version::delivery_since.is_not_null()))
        .filter(award_version::recorded_at.le(at.known_at).and(award_version::effective_on.le(at.as_at)))
        .order((award_version::award_id, award_version::version))
        .select((award_version::award_id, award_version::delivery_mode, award_version::delivery_since)).load(c))?;
    Ok(rows)
}
