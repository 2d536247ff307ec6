//! The policy in the database.

use diesel::prelude::*;

use crate::kernel::{Moment, Pence, Refusal};
use crate::store::Conn;
use crate::store::schema::variation_policy as table;
use crate::variations::rules::VariationPolicy;

/// The policy in one version. Version 0 is what the service has built in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyVersion {
    /// Which version this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Option<Moment>,
    /// What it says.
    pub policy: VariationPolicy,
}

pub(super) fn latest(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    let row: Option<(i32, Moment, i32, Option<Pence>)> = on!(conn, c => table::table.order(table::version.desc())
        .select((table::version, table::recorded_at, table::virement_tolerance_percent, table::approval_above_pence)).first(c).optional())?;
    let shown = |(version, recorded_at, virement_tolerance_percent, approval_above_pence)| PolicyVersion {
        version,
        recorded_at: Some(recorded_at),
        policy: VariationPolicy { virement_tolerance_percent, approval_above_pence },
    };
    Ok(row.map(shown).unwrap_or_default())
}

pub(super) fn add(conn: &mut Conn, version: i32, recorded_at: Moment, policy: &VariationPolicy) -> Result<(), Refusal> {
    let values = (
        table::version.eq(version),
        table::recorded_at.eq(recorded_at),
        table::virement_tolerance_percent.eq(policy.virement_tolerance_percent),
        table::approval_above_pence.eq(policy.approval_above_pence),
    );
    on!(conn, c => diesel::insert_into(table::table).values(values).execute(c))?;
    Ok(())
}
