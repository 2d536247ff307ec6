//! The SQL over whole tables, whatever they hold.
//!
//! Each row comes and goes as one JSON list of texts and nulls, which both engines make and take apart: so the statements of a table follow from
//! its columns, and a batch of rows is one parameter.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::handover::rules::{Column, Kind, Table};
use crate::kernel::{Moment, Refusal};
use crate::store::schema::{audit_event, audit_seal, store_clock};
use crate::store::sql::MomentSql;
use crate::store::{Conn, Engine};

/// How many rows are asked of a server at a time.
const FETCH: usize = 500;

#[derive(QueryableByName)]
struct OneRow {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct OneNumber {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn name(column: &Column) -> String {
    format!("\"{}\"", column.name)
}

/// A column as the text in which it travels.
fn leaving(engine: Engine, column: &Column) -> String {
    let name = name(column);
    match (engine, column.kind) {
        (_, Kind::Text) | (Engine::Sqlite, Kind::Date) => name,
        (Engine::Sqlite, Kind::Uuid | Kind::Bytes) => format!("CASE WHEN {name} IS NOT NULL THEN lower(hex({name})) END"),
        (Engine::Sqlite, Kind::Moment | Kind::Integer | Kind::Truth) => format!("CAST({name} AS TEXT)"),
        (Engine::Postgres, Kind::Uuid) => format!("replace(CAST({name} AS TEXT), '-', '')"),
        (Engine::Postgres, Kind::Bytes) => format!("encode({name}, 'hex')"),
        (Engine::Postgres, Kind::Moment) => format!("CAST(CAST(EXTRACT(EPOCH FROM {name}) * 1000000 AS BIGINT) AS TEXT)"),
        (Engine::Postgres, Kind::Integer) => format!("CAST({name} AS TEXT)"),
        (Engine::Postgres, Kind::Truth) => format!("CAST(CAST({name} AS INTEGER) AS TEXT)"),
        (Engine::Postgres, Kind::Date) => format!("to_char({name}, 'YYYY-MM-DD')"),
    }
}

/// The value at a place of a row that arrives.
fn arriving(engine: Engine, place: usize, column: &Column) -> String {
    let text = match engine {
        Engine::Sqlite => format!("(value ->> {place})"),
        Engine::Postgres => format!("(line ->> {place})"),
    };
    match (engine, column.kind) {
        (_, Kind::Text) | (Engine::Sqlite, Kind::Date) => text,
        (Engine::Sqlite, Kind::Uuid | Kind::Bytes) => format!("unhex({text})"),
        (Engine::Sqlite, Kind::Moment | Kind::Integer | Kind::Truth) => format!("CAST({text} AS INTEGER)"),
        (Engine::Postgres, Kind::Uuid) => format!("CAST({text} AS UUID)"),
        (Engine::Postgres, Kind::Bytes) => format!("decode({text}, 'hex')"),
        (Engine::Postgres, Kind::Moment) => {
            format!("TIMESTAMPTZ '1970-01-01 00:00:00+00' + CAST({text} AS BIGINT) * INTERVAL '1 microsecond'")
        }
        (Engine::Postgres, Kind::Integer) => format!("CAST({text} AS BIGINT)"),
        (Engine::Postgres, Kind::Truth) => format!("CAST(CAST({text} AS INTEGER) AS BOOLEAN)"),
        (Engine::Postgres, Kind::Date) => format!("CAST({text} AS DATE)"),
    }
}

/// The rows of a table in the order of its key, which is the same on both engines.
fn selection(engine: Engine, table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| leaving(engine, column)).collect();
    let columns = columns.join(", ");
    let line = match engine {
        Engine::Sqlite => format!("json_array({columns})"),
        Engine::Postgres => format!("CAST(array_to_json(CAST(ARRAY[{columns}] AS TEXT[])) AS TEXT)"),
    };
    let order = |column: &&Column| match (engine, column.kind) {
        (Engine::Postgres, Kind::Text) => format!("{} COLLATE \"C\"", name(column)),
        _ => name(column),
    };
    let order: Vec<String> = table.key().iter().map(order).collect();
    format!("SELECT {line} AS line FROM \"{}\" ORDER BY {}", table.name, order.join(", "))
}

/// Gives each row of a table to `take`, in the order of its key. No more than a few hundred are held.
pub fn each_row(conn: &mut Conn, table: &Table, take: impl FnMut(String) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let asked = selection(conn.engine(), table);
    each(conn, &asked, take)
}

/// Gives the hash and the length of each file that a document names to `take`, by hash. What was redacted or taken off has none.
pub fn each_file(conn: &mut Conn, mut take: impl FnMut(&str, i64) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let asked = "SELECT sha256 || ' ' || CAST(size_bytes AS TEXT) AS line FROM document \
        WHERE redacted_on IS NULL AND removed_at IS NULL GROUP BY sha256, size_bytes ORDER BY 1";
    each(conn, asked, |line| {
        let (sha256, size) = line.split_once(' ').unwrap_or_default();
        take(sha256, size.parse().map_err(Refusal::broken)?)
    })
}

fn each(conn: &mut Conn, asked: &str, mut take: impl FnMut(String) -> Result<(), Refusal>) -> Result<(), Refusal> {
    match conn {
        Conn::Sqlite(c) => {
            for row in diesel::sql_query(asked).load_iter::<OneRow, _>(&mut **c)? {
                take(row?.line)?;
            }
        }
        Conn::Postgres(c) => {
            diesel::sql_query(format!("DECLARE handover NO SCROLL CURSOR FOR {asked}")).execute(&mut **c)?;
            loop {
                let rows: Vec<OneRow> = diesel::sql_query(format!("FETCH {FETCH} FROM handover")).load(&mut **c)?;
                let is_last = rows.len() < FETCH;
                rows.into_iter().try_for_each(|row| take(row.line))?;
                if is_last {
                    break;
                }
            }
            diesel::sql_query("CLOSE handover").execute(&mut **c)?;
        }
    }
    Ok(())
}

/// Adds rows, a JSON list of them, and says how many those were.
pub fn insert(conn: &mut Conn, table: &Table, rows: &str) -> Result<usize, Refusal> {
    let engine = conn.engine();
    let names: Vec<String> = table.columns.iter().map(name).collect();
    let values: Vec<String> = table.columns.iter().enumerate().map(|(place, column)| arriving(engine, place, column)).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    let from = match engine {
        Engine::Sqlite => "json_each(?)",
        Engine::Postgres => "json_array_elements(CAST($1 AS JSON)) AS arriving (line)",
    };
    let statement = format!("INSERT INTO \"{}\" ({names}) SELECT {values} FROM {from}", table.name);
    let added = on!(conn, c => diesel::sql_query(statement).bind::<Text, _>(rows).execute(c));
    added.map_err(|error| Refusal::broken(format!("a row of `{}` was not taken: {error}", table.name)))
}

/// How many rows a table has.
pub fn count(conn: &mut Conn, table: &Table) -> Result<i64, Refusal> {
    let asked = format!("SELECT count(*) AS number FROM \"{}\"", table.name);
    let found: OneNumber = on!(conn, c => diesel::sql_query(asked).get_result(c))?;
    Ok(found.number)
}

/// Whether a table has any row.
pub fn holds_rows(conn: &mut Conn, table: &Table) -> Result<bool, Refusal> {
    let asked = format!("SELECT count(*) AS number FROM (SELECT 1 FROM \"{}\" LIMIT 1) AS one", table.name);
    let found: OneNumber = on!(conn, c => diesel::sql_query(asked).get_result(c))?;
    Ok(found.number > 0)
}

/// Keeps all others from writing to these tables until the end of the transaction. On SQLite the transaction itself does.
pub fn lock(conn: &mut Conn, tables: &[&Table]) -> Result<(), Refusal> {
    if let Conn::Postgres(c) = conn {
        let names: Vec<String> = tables.iter().map(|table| format!("\"{}\"", table.name)).collect();
        diesel::sql_query(format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "))).execute(&mut **c)?;
    }
    Ok(())
}

/// The newest link of the audit chain: its number and its hash.
pub fn chain_head(conn: &mut Conn) -> Result<Option<(i64, String)>, Refusal> {
    let newest = audit_seal::table.order(audit_seal::sequence.desc()).select((audit_seal::sequence, audit_seal::hash));
    Ok(on!(conn, c => newest.first(c).optional())?)
}

/// The latest moment that any event carries.
pub fn newest_event(conn: &mut Conn) -> Result<Option<Moment>, Refusal> {
    let newest = audit_event::table.order(audit_event::recorded_at.desc()).select(audit_event::recorded_at);
    Ok(on!(conn, c => newest.first(c).optional())?)
}

/// Sets the stamp of the last commit, below which a database on SQLite gives no other.
pub fn set_clock(conn: &mut Conn, at: Moment) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(store_clock::table).set(store_clock::recorded_at.eq(at)).execute(c))?;
    Ok(())
}

/// What a server's clock says. A file has none of its own.
pub fn clock(conn: &mut Conn) -> Result<Option<Moment>, Refusal> {
    let Conn::Postgres(c) = conn else { return Ok(None) };
    let at: Option<Moment> = diesel::select(diesel::dsl::sql::<Nullable<MomentSql>>("clock_timestamp()")).get_result(&mut **c)?;
    Ok(at)
}

/// How many people have no password, and how many messages wait to be sent.
pub fn left_to_do(conn: &mut Conn) -> Result<(i64, i64), Refusal> {
    use crate::store::schema::{app_user, app_user_password, outbox_message};
    let known = app_user_password::table.select(app_user_password::app_user_id);
    let people = on!(conn, c => app_user::table.filter(app_user::id.ne_all(known)).count().get_result(c))?;
    let waiting = outbox_message::table.filter(outbox_message::state.eq_any(["queued", "sending"]));
    Ok((people, on!(conn, c => waiting.count().get_result(c))?))
}
