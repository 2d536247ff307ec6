//! Writing SQLite's log to its file (a checkpoint) beside the writing thread, for which every act would have to wait otherwise.
//!
//! It takes no lock that a writer or a reader needs: what the newest transactions wrote, or an older reader still looks past, stays in the log for the
//! next round. An act is on disk before that, in the log.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Integer;
use diesel::{QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use crate::kernel::{Refusal, StoreFault};
use crate::store::open::{BUSY_MS, LOG_PAGES, sqlite};
use crate::store::worker::{Next, Worker};
use crate::store::{Conn, Db, Engine};

/// How long the worker waits before it looks at the log again.
const PAUSE: Duration = Duration::from_millis(250);
/// How much the worker's connection keeps: it reads no table.
const CACHE_KIB: u32 = 64;
/// How often it is tried to empty the log, and how long after one try the next comes.
const TRIES: u32 = 5;
const AGAIN: Duration = Duration::from_millis(200);
/// How many milliseconds a try waits for those who still read in the log: nobody can write meanwhile.
const HOLD_MS: u32 = 250;

/// The worker that writes the log to the file. Nothing on a server, which does it itself. Dropping it lets the round under way end.
pub struct Checkpointing {
    _worker: Option<Worker>,
}

impl Checkpointing {
    /// Starts it, where the database is a file.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread.
    pub fn start(db: &Db) -> Result<Self, StoreFault> {
        let Some(file) = db.file() else { return Ok(Self { _worker: None }) };
        let most = i32::try_from(LOG_PAGES).unwrap_or(i32::MAX);
        let mut open = None;
        let round = move |_: &tokio::runtime::Runtime| {
            if let Err(refusal) = look(&mut open, &file, most) {
                // The writing thread does it itself before long, and tells whoever acts where the disk is full.
                tracing::debug!(fault = %refusal, "the log was not written to the file, the next look will try again");
                open = None;
            }
            Next::Later
        };
        Worker::start("checkpoint", PAUSE, round).map(|worker| Self { _worker: Some(worker) })
    }
}

fn look(open: &mut Option<SqliteConnection>, file: &Path, most: i32) -> Result<(), Refusal> {
    let conn = match open.take() {
        Some(conn) => conn,
        None => sqlite(file, CACHE_KIB, LOG_PAGES)?,
    };
    write_where_long(open.insert(conn), most)?;
    Ok(())
}

impl Db {
    /// Moves what stands in the log of a database on SQLite into its file and empties the log, in which what was overwritten stands otherwise until other
    /// pages take its place (ADR 11). Somebody who reads in the log is waited for, for a moment; then it warns. A server sees to its log itself.
    pub async fn empty_log(&self) {
        if self.engine() == Engine::Postgres {
            return;
        }
        let mut last = "it is being read".to_owned();
        for number in 0..TRIES {
            if number > 0 {
                tokio::time::sleep(AGAIN).await;
            }
            match self.look_up(emptied).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(refusal) => last = refusal.to_string(),
            }
        }
        tracing::warn!(fault = %last, "the log of the database was not emptied: what was redacted may still stand in it");
    }
}

fn emptied(conn: &mut Conn) -> Result<bool, Refusal> {
    match conn {
        Conn::Sqlite(conn) => empty(conn).map_err(Refusal::from),
        Conn::Postgres(_) => Ok(true),
    }
}

/// Empties the log, and says whether it is empty: where somebody reads in it the statement fails in its answer alone.
fn empty(conn: &mut SqliteConnection) -> QueryResult<bool> {
    conn.batch_execute(&format!("PRAGMA busy_timeout={HOLD_MS}"))?;
    let outcome: QueryResult<Log> = sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn);
    conn.batch_execute(&format!("PRAGMA busy_timeout={BUSY_MS}"))?;
    outcome.map(|now| now.busy == 0)
}

/// How far the log has come.
#[derive(QueryableByName)]
struct Log {
    /// Whether somebody was in the way: 1, otherwise 0.
    #[diesel(sql_type = Integer)]
    busy: i32,
    /// How many pages it has.
    #[diesel(sql_type = Integer)]
    log: i32,
    /// How many of them are in the file.
    #[diesel(sql_type = Integer)]
    checkpointed: i32,
}

/// Writes the log to the file where `most` of its pages or more are not there yet, and says whether it did.
fn write_where_long(conn: &mut SqliteConnection, most: i32) -> QueryResult<bool> {
    let now: Log = sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(conn)?;
    if now.log.saturating_sub(now.checkpointed) < most {
        return Ok(false);
    }
    let _: Log = sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(conn)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_written_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("office.db");
        let mut writer = sqlite(&file, CACHE_KIB, LOG_PAGES).unwrap();
        writer.batch_execute("CREATE TABLE word (word TEXT NOT NULL) STRICT; INSERT INTO word VALUES ('one');").unwrap();
        let mut open = None;
        look(&mut open, &file, 1_000).unwrap();
        let beside = open.as_mut().unwrap();
        assert!(!write_where_long(beside, 1_000).unwrap(), "a short log waits");
        assert!(write_where_long(beside, 1).unwrap());
        let now: Log = sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(beside).unwrap();
        assert!(now.log > 0 && now.checkpointed == now.log, "{} of {}", now.checkpointed, now.log);
        assert!(!write_where_long(beside, 1).unwrap(), "nothing is left to write");
        // The log goes on, or begins anew, with the next act.
        writer.batch_execute("INSERT INTO word VALUES ('two');").unwrap();
        assert!(write_where_long(beside, 1).unwrap());
    }

    #[test]
    fn a_log_that_is_read_is_not_said_to_be_empty() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("office.db");
        let open = || sqlite(&file, CACHE_KIB, LOG_PAGES).unwrap();
        let (mut writer, mut reader, mut beside) = (open(), open(), open());
        writer.batch_execute("CREATE TABLE word (word TEXT NOT NULL) STRICT; INSERT INTO word VALUES ('one');").unwrap();
        reader.batch_execute("BEGIN; SELECT word FROM word;").unwrap();
        writer.batch_execute("UPDATE word SET word = 'two';").unwrap();
        assert!(!empty(&mut beside).unwrap());
        reader.batch_execute("ROLLBACK").unwrap();
        assert!(empty(&mut beside).unwrap());
        assert_eq!(std::fs::metadata(folder.path().join("office.db-wal")).unwrap().len(), 0);
    }
}
