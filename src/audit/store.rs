//! The log's SQL.

use diesel::prelude::*;
use serde::Serialize;

use crate::audit::rules::Outcome;
use crate::kernel::{ActorKind, Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::audit_event;

/// An event as it is kept. Its JSON text, in this order of fields, is what the chain covers.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = audit_event)]
pub struct EventRow {
    pub id: Id,
    pub recorded_at: Moment,
    pub happened_at: Moment,
    pub act: String,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Id>,
    pub actor_name: String,
    pub provider_id: Option<Id>,
    pub request_id: String,
    pub record_kind: Option<String>,
    pub record_id: Option<Id>,
    pub outcome: Outcome,
    pub refusal_code: Option<String>,
    pub refusal_detail: Option<String>,
    pub reason: Option<String>,
    pub before_json: Option<String>,
    pub after_json: Option<String>,
}

pub fn insert(conn: &mut Conn, row: &EventRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(audit_event::table).values(row).execute(c))?;
    Ok(())
}
