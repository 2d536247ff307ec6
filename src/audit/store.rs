//! The log's SQL.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde::Serialize;

use crate::audit::rules::Outcome;
use crate::kernel::{ActorKind, Id, Moment, PageRequest, Refusal};
use crate::store::Conn;
use crate::store::schema::{audit_event, audit_seal};
use crate::store::sql::{MomentSql, UuidSql, after};

/// The sealers' lock on PostgreSQL.
const SEALING: i64 = 0x616c_6d6f_6e65_7201;

/// An event as it is kept. Its JSON text, in this order of fields, is what the chain covers.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false)]
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

/// Writes many events, in pieces, since a statement takes only so many parameters.
pub fn insert_all(conn: &mut Conn, rows: &[EventRow]) -> Result<(), Refusal> {
    for some in rows.chunks(1_000) {
        on!(conn, c => diesel::insert_into(audit_event::table).values(some).execute(c))?;
    }
    Ok(())
}

/// A link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
// Diesel then inserts many rows in one statement on SQLite too.
#[diesel(table_name = audit_seal, treat_none_as_default_value = false)]
pub struct SealRow {
    pub sequence: i64,
    pub event_id: Id,
    pub sealed_at: Moment,
    pub previous_hash: String,
    pub hash: String,
}

/// The newest link, with the place of its event in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub sequence: i64,
    pub hash: String,
    pub happened_at: Moment,
    pub event_id: Id,
}

impl EventRow {
    /// What the chain covers.
    pub fn text(&self) -> Result<String, Refusal> {
        serde_json::to_string(self).map_err(Refusal::broken)
    }
}

/// The newest link; `None` before the first.
pub fn head(conn: &mut Conn) -> Result<Option<Head>, Refusal> {
    let found: Option<(i64, String, Moment, Id)> = on!(conn, c => audit_seal::table
        .inner_join(audit_event::table)
        .order(audit_seal::sequence.desc())
        .select((audit_seal::sequence, audit_seal::hash, audit_event::happened_at, audit_event::id))
        .first(c).optional())?;
    Ok(found.map(|(sequence, hash, happened_at, event_id)| Head { sequence, hash, happened_at, event_id }))
}

/// Events after the head's, up to and with the moment `up_to`, in the order in which they are sealed.
pub fn after_head(conn: &mut Conn, head: Option<&Head>, up_to: Moment, most: i64) -> Result<Vec<EventRow>, Refusal> {
    let rows: Vec<EventRow> = on!(conn, c => {
        let mut query = audit_event::table.filter(audit_event::happened_at.le(up_to)).into_boxed();
        if let Some(head) = head {
            query = query.filter(after(audit_event::happened_at, audit_event::id, head.happened_at, head.event_id));
        }
        query.order((audit_event::happened_at, audit_event::id)).limit(most).select(EventRow::as_select()).load(c)
    })?;
    Ok(rows)
}

/// Events without a link that stand before the head: committed late, or their link was taken away.
pub fn behind_head(conn: &mut Conn, head: &Head, most: i64) -> Result<Vec<EventRow>, Refusal> {
    let rows: Vec<EventRow> = on!(conn, c => audit_event::table
        .left_join(audit_seal::table)
        .filter(audit_seal::sequence.is_null())
        .filter(after(head.happened_at.into_sql::<MomentSql>(), head.event_id.into_sql::<UuidSql>(), audit_event::happened_at, audit_event::id))
        .order((audit_event::happened_at, audit_event::id))
        .limit(most)
        .select(EventRow::as_select())
        .load(c))?;
    Ok(rows)
}

/// The links after number `sequence`, each with its event where there is one.
pub fn links_after(conn: &mut Conn, sequence: i64, most: i64) -> Result<Vec<(SealRow, Option<EventRow>)>, Refusal> {
    let rows: Vec<(SealRow, Option<EventRow>)> = on!(conn, c => audit_seal::table
        .left_join(audit_event::table)
        .filter(audit_seal::sequence.gt(sequence))
        .order(audit_seal::sequence)
        .limit(most)
        .select((SealRow::as_select(), Option::<EventRow>::as_select()))
        .load(c))?;
    Ok(rows)
}

pub fn insert_seals(conn: &mut Conn, seals: &[SealRow]) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(audit_seal::table).values(seals).execute(c))?;
    Ok(())
}

/// Takes the sealers' lock until the end of the transaction. False where another replica has it. SQLite has one writer anyway.
pub fn lock(conn: &mut Conn) -> Result<bool, Refusal> {
    match conn {
        Conn::Sqlite(_) => Ok(true),
        Conn::Postgres(c) => {
            let locked = diesel::dsl::sql::<Bool>(&format!("pg_try_advisory_xact_lock({SEALING})"));
            Ok(diesel::select(locked).get_result(&mut **c)?)
        }
    }
}

/// How many events have no link.
pub fn count_unsealed(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => audit_event::table
        .left_join(audit_seal::table)
        .filter(audit_seal::sequence.is_null())
        .count()
        .get_result(c))?)
}

/// Which events are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub provider_id: Option<Id>,
    pub record_kind: Option<String>,
    pub record_id: Option<Id>,
    pub actor_id: Option<Id>,
    pub act: Option<String>,
    pub outcome: Option<Outcome>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
}

/// A page of events with their links, newest first.
pub fn page(conn: &mut Conn, wanted: &Wanted, page: &PageRequest) -> Result<Vec<(EventRow, Option<SealRow>)>, Refusal> {
    let before: Option<(Moment, Id)> = page.after()?;
    let rows: Vec<(EventRow, Option<SealRow>)> = on!(conn, c => {
        let mut query = audit_event::table.left_join(audit_seal::table).into_boxed();
        if let Some(provider_id) = wanted.provider_id {
            query = query.filter(audit_event::provider_id.eq(provider_id));
        }
        if let Some(kind) = &wanted.record_kind {
            query = query.filter(audit_event::record_kind.eq(kind));
        }
        if let Some(record_id) = wanted.record_id {
            query = query.filter(audit_event::record_id.eq(record_id));
        }
        if let Some(actor_id) = wanted.actor_id {
            query = query.filter(audit_event::actor_id.eq(actor_id));
        }
        if let Some(act) = &wanted.act {
            query = query.filter(audit_event::act.eq(act));
        }
        match wanted.outcome {
            // In the words of the index on what was refused, which serves no bound value.
            Some(Outcome::Refused) => query = query.filter(diesel::dsl::sql::<Bool>("audit_event.outcome = 'refused'")),
            Some(outcome) => query = query.filter(audit_event::outcome.eq(outcome)),
            None => {}
        }
        if let Some(from) = wanted.from {
            query = query.filter(audit_event::happened_at.ge(from));
        }
        if let Some(to) = wanted.to {
            query = query.filter(audit_event::happened_at.lt(to));
        }
        if let Some((at, id)) = before {
            query = query.filter(after(at.into_sql::<MomentSql>(), id.into_sql::<UuidSql>(), audit_event::happened_at, audit_event::id));
        }
        query
            .order((audit_event::happened_at.desc(), audit_event::id.desc()))
            .limit(page.fetch())
            .select((EventRow::as_select(), Option::<SealRow>::as_select()))
            .load(c)
    })?;
    Ok(rows)
}

/// What a record was after each done act of this name, in their order.
pub fn after_act(conn: &mut Conn, record_id: Id, act: &str) -> Result<Vec<Option<String>>, Refusal> {
    let rows: Vec<Option<String>> = on!(conn, c => audit_event::table
        .filter(audit_event::record_id.eq(record_id).and(audit_event::act.eq(act)).and(audit_event::outcome.eq(Outcome::Done)))
        .order(audit_event::id).select(audit_event::after_json).load(c))?;
    Ok(rows)
}
