//! A connection to either engine, and the one macro that types each query for both.

use diesel::connection::SimpleConnection;
use diesel::{QueryResult, SqliteConnection};

use crate::store::Engine;
use crate::store::postgres::PgConn;

/// A connection to one of the two engines.
pub enum Conn {
    /// The embedded file.
    Sqlite(Box<SqliteConnection>),
    /// A PostgreSQL server.
    Postgres(Box<PgConn>),
}

/// Runs a query, written once, on whichever engine the connection has: `on!(conn, c => award::table.find(id).first(c))`.
macro_rules! on {
    ($conn:expr, $c:ident => $query:expr) => {
        match $conn {
            crate::store::Conn::Sqlite(connection) => {
                let $c: &mut diesel::SqliteConnection = &mut **connection;
                $query
            }
            crate::store::Conn::Postgres(connection) => {
                let $c: &mut crate::store::postgres::PgConn = &mut **connection;
                $query
            }
        }
    };
}

impl Conn {
    /// Which engine this is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs plain SQL without parameters: transaction control and migrations.
    pub(super) fn batch(&mut self, sql: &str) -> QueryResult<()> {
        on!(self, c => c.batch_execute(sql))
    }
}
