//! The policy in the database.

use diesel::prelude::*;

use crate::kernel::{Moment, Refusal};
use crate::publishing::policy::rules::PublicationPolicy;
use crate::store::Conn;
use crate::store::schema::publication_policy as table;

/// The policy in one version. Version 0 is what the service has built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublicationPolicyVersion {
    /// Which version this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Option<Moment>,
    /// What it says.
    pub policy: PublicationPolicy,
}

pub(super) fn latest(conn: &mut Conn) -> Result<PublicationPolicyVersion, Refusal> {
    let row: Option<(i32, Moment, i32)> = on!(conn, c => table::table.order(table::version.desc())
        .select((table::version, table::recorded_at, table::small_below)).first(c).optional())?;
    let shown = |(version, recorded_at, small_below): (i32, Moment, i32)| PublicationPolicyVersion {
        version,
        recorded_at: Some(recorded_at),
        policy: PublicationPolicy { small_below },
    };
    Ok(row.map(shown).unwrap_or_default())
}

pub(super) fn add(conn: &mut Conn, version: i32, recorded_at: Moment, policy: PublicationPolicy) -> Result<(), Refusal> {
    let values = (table::version.eq(version), table::recorded_at.eq(recorded_at), table::small_below.eq(policy.small_below));
    on!(conn, c => diesel::insert_into(table::table).values(values).execute(c))?;
    Ok(())
}
