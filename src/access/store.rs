//! What stands behind a token at this moment: one indexed query for each request.

use diesel::prelude::*;

use crate::access::permissions::Role;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    app_user, app_user_role, app_user_version, service_client, service_client_role, service_client_secret, service_client_version, session,
};

/// Who stands behind a token now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The address of a user, the client id of a program.
    pub name: String,
    /// The provider they belong to.
    pub provider_id: Option<Id>,
    /// Their roles.
    pub roles: Vec<Role>,
}

impl Standing {
    /// From one row for each role; no row: nobody stands there any more.
    fn from_rows(rows: Vec<(String, Option<Id>, Option<Role>)>) -> Option<Self> {
        let roles = rows.iter().filter_map(|(_, _, role)| *role).collect();
        rows.into_iter().next().map(|(name, provider_id, _)| Self { name, provider_id, roles })
    }
}

/// The active user whose session this is, where it was not ended.
pub fn user_behind(conn: &mut Conn, session_id: Id, user_id: Id) -> Result<Option<Standing>, Refusal> {
    let rows = on!(conn, c => session::table
        .inner_join(app_user::table)
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .left_join(app_user_role::table.on(app_user_role::app_user_id.eq(app_user::id).and(app_user_role::version.eq(app_user::version))))
        .filter(session::id.eq(session_id).and(session::app_user_id.eq(user_id)))
        .filter(session::revoked_at.is_null().and(app_user_version::active.eq(true)))
        .select((app_user_version::email, app_user_version::provider_id, app_user_role::role.nullable())).load(c))?;
    Ok(Standing::from_rows(rows))
}

/// The active service client whose secret this is, where it was not replaced.
pub fn client_behind(conn: &mut Conn, secret_id: Id, client_id: Id) -> Result<Option<Standing>, Refusal> {
    let rows = on!(conn, c => service_client_secret::table
        .inner_join(service_client::table)
        .inner_join(service_client_version::table.on(
            service_client_version::service_client_id.eq(service_client::id).and(service_client_version::version.eq(service_client::version))))
        .left_join(service_client_role::table.on(
            service_client_role::service_client_id.eq(service_client::id).and(service_client_role::version.eq(service_client::version))))
        .filter(service_client_secret::id.eq(secret_id).and(service_client_secret::service_client_id.eq(client_id)))
        .filter(service_client_secret::revoked_at.is_null().and(service_client_version::active.eq(true)))
        .select((service_client_version::client_id, service_client_version::provider_id, service_client_role::role.nullable())).load(c))?;
    Ok(Standing::from_rows(rows))
}

/// A `LIKE` pattern for texts that contain `part` as it is, in lower case.
#[must_use]
pub fn contains(part: &str) -> String {
    let plain = part.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}
