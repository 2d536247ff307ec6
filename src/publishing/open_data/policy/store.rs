//! The policy in the database.

use diesel::prelude::*;

use crate::kernel::{Moment, Refusal};
use crate::publishing::open_data::policy::rules::OpenDataPolicy;
use crate::store::Conn;
use crate::store::schema::open_data_policy as table;

/// The policy in one version. In version 0 nothing is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenDataPolicyVersion {
    /// Which version this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Option<Moment>,
    /// What it says.
    pub policy: OpenDataPolicy,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    version: i32,
    recorded_at: Moment,
    publisher_name: Option<String>,
    organisation_id: Option<String>,
    grant_prefix: Option<String>,
    licence_url: Option<String>,
    site_url: Option<String>,
}

pub(super) fn latest(conn: &mut Conn) -> Result<OpenDataPolicyVersion, Refusal> {
    let row: Option<Row> = on!(conn, c => table::table.order(table::version.desc()).select(Row::as_select()).first(c).optional())?;
    let shown = |row: Row| OpenDataPolicyVersion {
        version: row.version,
        recorded_at: Some(row.recorded_at),
        policy: OpenDataPolicy {
            publisher_name: row.publisher_name,
            organisation_id: row.organisation_id,
            grant_prefix: row.grant_prefix,
            licence_url: row.licence_url,
            site_url: row.site_url,
        },
    };
    Ok(row.map(shown).unwrap_or_default())
}

pub(super) fn add(conn: &mut Conn, version: i32, recorded_at: Moment, policy: &OpenDataPolicy) -> Result<(), Refusal> {
    let OpenDataPolicy { publisher_name, organisation_id, grant_prefix, licence_url, site_url } = policy.clone();
    let row = Row { version, recorded_at, publisher_name, organisation_id, grant_prefix, licence_url, site_url };
    on!(conn, c => diesel::insert_into(table::table).values(&row).execute(c))?;
    Ok(())
}
