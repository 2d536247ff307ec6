//! The database: one set of queries, two engines.
//!
//! Requests never touch a connection. [`Db::read`], [`Db::public`], [`Db::snapshot`], [`Db::report`] and [`Db::write`] send a closure to threads that own their
//! connections. `write` is the only door to a change: it runs the closure in a serialisable transaction, again where another
//! transaction was in the way, so the closure must have no effect but on the database.

#[macro_use]
pub mod conn;

pub mod checkpoint;
pub mod demo_mark;
pub mod errors;
pub mod history;
pub mod lane;
pub mod migrate;
pub mod open;
pub mod postgres;
pub mod schema;
pub mod search;
pub mod sql;
pub mod tx;
pub mod watermark;
pub mod whole;
pub mod worker;
pub mod write_postgres;
pub mod write_sqlite;

use std::path::PathBuf;
use std::time::Duration;

pub use conn::Conn;
pub use open::{Db, OpenError};
pub use tx::{Tx, WriteMeta};

use crate::kernel::Clock;

/// Which engine holds the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite:almoner.db` or `postgres://…`.
    pub url: String,
    /// Whether a missing SQLite file may be made.
    pub create: bool,
    /// Threads that answer questions.
    pub readers: usize,
    /// Threads that answer reports, kept apart so that a long one never delays a read.
    pub reporters: usize,
    /// Threads that write (PostgreSQL; SQLite has one).
    pub writers: usize,
    /// How many jobs may wait in a lane before a caller is told to come back.
    pub queue: usize,
    /// How long a job may take, waiting included.
    pub deadline: Duration,
    /// How many records are read at a time for a table that is sent while it is made.
    pub records_at_once: usize,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Settings {
    /// The usual settings for a database at `url`.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let postgres = Target::parse(url).is_ok_and(|target| matches!(target, Target::Postgres(_)));
        Self {
            url: url.to_owned(),
            create: false,
            readers: if postgres { 3 } else { 4 },
            reporters: 1,
            writers: 4,
            queue: 1024,
            deadline: Duration::from_secs(30),
            records_at_once: 500,
            clock: Clock::System,
        }
    }
}

/// A database URL taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The embedded file.
    Sqlite(PathBuf),
    /// A server's URL.
    Postgres(String),
}

impl Target {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// A plain sentence for anything else. The URL itself is not repeated, since it may hold a password.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err("The database URL names no file after `sqlite:`.".to_owned())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err("The database URL must begin with `sqlite:` or `postgres://`.".to_owned())
    }
}
