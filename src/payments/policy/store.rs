//! The policy in the database.

use diesel::prelude::*;

use crate::kernel::{Moment, Refusal};
use crate::payments::policy::limits::PaymentPolicy;
use crate::store::Conn;
use crate::store::schema::payment_policy as table;

/// The policy in one version. Version 0 is what the service has built in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyVersion {
    /// Which version this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Option<Moment>,
    /// What it says.
    pub policy: PaymentPolicy,
}

pub(super) fn latest(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    let row: Option<(i32, Moment, i32, i32, i32, i32, String)> = on!(conn, c => table::table.order(table::version.desc())
        .select((table::version, table::recorded_at, table::invoice_days, table::duplicate_days, table::gather_days,
            table::pause_hours, table::limits)).first(c).optional())?;
    let Some((version, recorded_at, invoice_days, duplicate_days, gather_days, pause_hours, limits)) = row else {
        return Ok(PolicyVersion::default());
    };
    let limits = serde_json::from_str(&limits).map_err(Refusal::broken)?;
    let policy = PaymentPolicy { invoice_days, duplicate_days, gather_days, pause_hours, limits };
    Ok(PolicyVersion { version, recorded_at: Some(recorded_at), policy })
}

pub(super) fn add(conn: &mut Conn, version: i32, recorded_at: Moment, policy: &PaymentPolicy) -> Result<(), Refusal> {
    let values = (
        table::version.eq(version),
        table::recorded_at.eq(recorded_at),
        table::invoice_days.eq(policy.invoice_days),
        table::duplicate_days.eq(policy.duplicate_days),
        table::gather_days.eq(policy.gather_days),
        table::pause_hours.eq(policy.pause_hours),
        table::limits.eq(serde_json::to_string(&policy.limits).map_err(Refusal::broken)?),
    );
    on!(conn, c => diesel::insert_into(table::table).values(values).execute(c))?;
    Ok(())
}
