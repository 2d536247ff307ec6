//! The outbox's SQL.

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::outbox::rules::{Kind, State};
use crate::store::Conn;
use crate::store::schema::outbox_message as table;

/// A message as it is kept.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub struct MessageRow {
    pub id: Id,
    pub recorded_at: Moment,
    pub act: String,
    pub record_kind: String,
    pub record_id: Id,
    pub kind: Kind,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub state: State,
    pub attempts: i32,
    pub next_attempt_at: Moment,
    pub last_error: Option<String>,
    pub sent_at: Option<Moment>,
}

/// How many messages are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueSize {
    /// The state.
    pub state: State,
    /// How many messages.
    pub count: i64,
}

pub fn insert(conn: &mut Conn, row: &MessageRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(table::table).values(row).execute(c))?;
    Ok(())
}

/// Writes many messages, in pieces, since a statement takes only so many parameters.
pub fn insert_all(conn: &mut Conn, rows: &[MessageRow]) -> Result<(), Refusal> {
    // A statement for one row stays prepared.
    if let [row] = rows {
        return insert(conn, row);
    }
    for some in rows.chunks(1_000) {
        on!(conn, c => diesel::insert_into(table::table).values(some).execute(c))?;
    }
    Ok(())
}

/// The messages about a record.
pub fn of_record(conn: &mut Conn, record_id: Id) -> Result<Vec<MessageRow>, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::record_id.eq(record_id)).order(table::id).select(MessageRow::as_select()).load(c))?)
}

/// The messages that an act sent about these records, in their order: record, state, and when each was queued and sent.
pub fn of_act(conn: &mut Conn, act: &str, records: &[Id]) -> Result<Vec<(Id, State, Moment, Option<Moment>)>, Refusal> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Id, State, Moment, Option<Moment>)> = on!(conn, c => table::table
        .filter(table::record_id.eq_any(records)).filter(table::act.eq(act)).order(table::id)
        .select((table::record_id, table::state, table::recorded_at, table::sent_at)).load(c))?;
    Ok(rows)
}

/// Writes another subject and body over those of a message.
pub fn overwrite(conn: &mut Conn, id: Id, subject: &str, body: &str) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(table::table.find(id)).set((table::subject.eq(subject), table::body.eq(body))).execute(c))?;
    Ok(())
}

/// The message that is due longest: queued, or abandoned by its worker. Looks at each state by itself, as the index does.
pub fn due(conn: &mut Conn, now: Moment) -> Result<Option<MessageRow>, Refusal> {
    let mut earliest: Option<MessageRow> = None;
    for state in [State::Queued, State::Sending] {
        let found: Option<MessageRow> = on!(conn, c => table::table
            .filter(table::state.eq(state).and(table::next_attempt_at.le(now)))
            .order((table::next_attempt_at, table::id))
            .select(MessageRow::as_select())
            .first(c).optional())?;
        earliest = [earliest, found].into_iter().flatten().min_by_key(|row| row.next_attempt_at);
    }
    Ok(earliest)
}

/// Takes a message for sending, with the time until which it is left to this worker.
pub fn take(conn: &mut Conn, row: &MessageRow, until: Moment) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(table::table.filter(table::id.eq(row.id).and(table::attempts.eq(row.attempts))))
        .set((table::state.eq(State::Sending), table::attempts.eq(row.attempts + 1), table::next_attempt_at.eq(until)))
        .execute(c))?;
    Ok(())
}

/// What an attempt came to.
#[derive(Debug, Clone)]
pub struct Noted {
    pub id: Id,
    pub attempts: i32,
    pub state: State,
    pub next_attempt_at: Moment,
    pub last_error: Option<String>,
    pub sent_at: Option<Moment>,
}

/// Notes how attempt number `attempts` ended. Zero rows where another worker has taken the message meanwhile.
pub fn note(conn: &mut Conn, noted: &Noted) -> Result<usize, Refusal> {
    let own = table::id.eq(noted.id).and(table::attempts.eq(noted.attempts)).and(table::state.eq(State::Sending));
    Ok(on!(conn, c => diesel::update(table::table.filter(own))
        .set((
            table::state.eq(noted.state),
            table::next_attempt_at.eq(noted.next_attempt_at),
            table::last_error.eq(&noted.last_error),
            table::sent_at.eq(noted.sent_at),
        ))
        .execute(c))?)
}

/// How many messages are in each state, every state named.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn queue_sizes(conn: &mut Conn) -> Result<Vec<QueueSize>, Refusal> {
    let counted: Vec<(State, i64)> = on!(conn, c => table::table
        .group_by(table::state)
        .select((table::state, diesel::dsl::count_star()))
        .load(c))?;
    let count = |state| counted.iter().find(|(one, _)| *one == state).map_or(0, |(_, count)| *count);
    Ok(State::ALL.iter().map(|state| QueueSize { state: *state, count: count(*state) }).collect())
}
