//! A database as a whole: read in one snapshot, filled from nothing, backed up.
//!
//! What is filled in happened elsewhere, so it goes past [`crate::store::Db::write`]: it is no act, has no event and no moment of its own. For that
//! the door opens to the commands that move an office, and these ask that nothing is there yet (`docs/adr/0039`).

use std::path::Path;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::kernel::{Moment, Refusal};
use crate::store::migrate::schema_state;
use crate::store::open::{current, explain, first_connection, on_own_thread, refused};
use crate::store::watermark::watermark;
use crate::store::{Conn, Engine, OpenError, Settings, Target};

/// Reads a whole database: `work` sees one snapshot on a connection that cannot write, and the moment up to which everything
/// recorded is in it. A service on the same database goes on.
///
/// # Errors
/// [`OpenError`] where there is no such database, it does not answer, its schema is not this program's, or `work` fails.
pub fn survey<T: Send>(settings: &Settings, work: impl FnOnce(&mut Conn, Moment) -> Result<T, Refusal> + Send) -> Result<T, OpenError> {
    on_own_thread(|| {
        let (mut conn, up_to) = snapshot(settings)?;
        work(&mut conn, up_to).map_err(refused)
    })
}

/// Fills a database in one transaction. What `work` refuses leaves no trace.
///
/// # Errors
/// [`OpenError`] as for [`survey`].
pub fn fill<T: Send>(settings: &Settings, work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send) -> Result<T, OpenError> {
    on_own_thread(|| filled(settings, work))
}

/// Fills one database from a snapshot of another, which `work` is given first, with the moment up to which it is complete.
///
/// # Errors
/// [`OpenError`] as for [`survey`], for either.
pub fn pour<T: Send>(
    from: &Settings,
    to: &Settings,
    work: impl FnOnce(&mut Conn, Moment, &mut Conn) -> Result<T, Refusal> + Send,
) -> Result<T, OpenError> {
    // Both connections on one thread: one to PostgreSQL stays with the thread that made it.
    on_own_thread(|| {
        let (mut source, up_to) = snapshot(from)?;
        filled(to, |target| work(&mut source, up_to, target))
    })
}

/// Writes a copy of a database on SQLite into a new file, while a service goes on, and checks it.
///
/// # Errors
/// [`OpenError`] where the database is not on SQLite, the file is there already or cannot be written, or what was written is damaged.
pub fn back_up(settings: &Settings, file: &Path) -> Result<(), OpenError> {
    let target = Target::parse(&settings.url).map_err(OpenError)?;
    let written = |error: &dyn std::fmt::Display| OpenError(format!("The backup {} cannot be written: {error}.", file.display()));
    on_own_thread(|| {
        let mut conn = first_connection(&patient(settings), &target)?;
        let Conn::Sqlite(c) = &mut conn else { return Err(OpenError("Only a database on SQLite is backed up so.".to_owned())) };
        let vacuum = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(file.to_string_lossy().into_owned());
        vacuum.execute(&mut **c).map_err(|error| written(&error))?;
        std::fs::File::open(file).and_then(|file| file.sync_all()).map_err(|error| written(&error))?;
        let faults = faults_of(file).map_err(|error| written(&error))?;
        if faults.is_empty() {
            return Ok(());
        }
        Err(OpenError(format!("The backup is damaged, and so may be the database: {}. Look at the disk.", faults.join("; "))))
    })
}

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    finding: String,
}

/// What SQLite finds wrong with a file; nothing where it is sound.
fn faults_of(file: &Path) -> Result<Vec<String>, String> {
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).map_err(|error| error.to_string())?;
    let damage = "SELECT integrity_check AS finding FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 10";
    let lost = "SELECT 'a row of ' || \"table\" || ' names one of ' || \"parent\" || ' that is not there' AS finding FROM pragma_foreign_key_check LIMIT 10";
    let mut found = Vec::new();
    for question in [damage, lost] {
        let rows: Vec<Finding> = diesel::sql_query(question).load(&mut conn).map_err(|error| error.to_string())?;
        found.extend(rows.into_iter().map(|row| row.finding));
    }
    Ok(found)
}

/// However long it takes.
fn patient(settings: &Settings) -> Settings {
    Settings { deadline: Duration::ZERO, create: false, ..settings.clone() }
}

fn snapshot(settings: &Settings) -> Result<(Conn, Moment), OpenError> {
    let mut conn = ready(settings)?;
    let (begin, watermark) = match conn.engine() {
        Engine::Sqlite => ("PRAGMA query_only=ON; BEGIN", None),
        // Before the snapshot: what commits in between is in it and later than the watermark says.
        Engine::Postgres => ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Some(watermark(&mut conn).map_err(refused)?)),
    };
    conn.batch(begin).map_err(|error| refused(error.into()))?;
    // SQLite's snapshot begins with the first read, which is the watermark's.
    let up_to = watermark.map_or_else(|| self::watermark(&mut conn).map_err(refused), Ok)?;
    Ok((conn, up_to))
}

fn filled<T>(settings: &Settings, work: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> Result<T, OpenError> {
    let mut conn = ready(settings)?;
    let begin = if conn.engine() == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
    let outcome = conn.batch(begin).map_err(Refusal::from).and_then(|()| work(&mut conn));
    let outcome = outcome.and_then(|done| conn.batch("COMMIT").map(|()| done).map_err(Refusal::from));
    if outcome.is_err() {
        // A connection that is lost has rolled back by itself.
        let _ = conn.batch("ROLLBACK");
    } else if conn.engine() == Engine::Postgres {
        // What the server knows of the tables is that they are empty. Without this the first reports are slow, and no more.
        let _ = conn.batch("ANALYZE").map_err(|error| tracing::warn!(%error, "the tables were not analysed"));
    }
    outcome.map_err(refused)
}

fn ready(settings: &Settings) -> Result<Conn, OpenError> {
    let target = Target::parse(&settings.url).map_err(OpenError)?;
    let mut conn = first_connection(&patient(settings), &target)?;
    current(schema_state(&mut conn).map_err(|fault| explain(&fault))?)?;
    Ok(conn)
}
