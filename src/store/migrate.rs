//! Bringing the schema up to date.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::kernel::StoreFault;
use crate::store::Conn;
use crate::store::write_sqlite::as_fault;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Taken while migrating, so that replicas that start together do not race.
const MIGRATION_LOCK: i64 = 0x616c_6d6f_6e65_7200;

/// What a database's schema is, compared with this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// As this program wants it.
    Current,
    /// So many migrations are still to run.
    Behind(usize),
    /// Made by a newer version of the program, which ran this migration.
    Newer(String),
}

fn broken(error: impl std::fmt::Display) -> StoreFault {
    StoreFault::Broken(format!("migration: {error}"))
}

/// Runs what has not run yet and says how many that were.
///
/// # Errors
/// [`StoreFault`] where a migration fails; a failed migration leaves no trace.
pub fn migrate(conn: &mut Conn) -> Result<usize, StoreFault> {
    if matches!(conn, Conn::Postgres(_)) {
        conn.batch(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).map_err(as_fault)?;
    }
    let ran = match conn {
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(|ran| ran.len()).map_err(broken),
        Conn::Postgres(c) => c.run_pending_migrations(POSTGRES).map(|ran| ran.len()).map_err(broken),
    };
    if matches!(conn, Conn::Postgres(_)) {
        conn.batch(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})")).map_err(as_fault)?;
    }
    ran
}

/// Compares the schema with what this program wants.
///
/// # Errors
/// [`StoreFault`] where the database cannot be read.
pub fn schema_state(conn: &mut Conn) -> Result<SchemaState, StoreFault> {
    let (applied, pending) = match conn {
        Conn::Sqlite(c) => (c.applied_migrations().map_err(broken)?, c.pending_migrations(SQLITE).map_err(broken)?.len()),
        Conn::Postgres(c) => (c.applied_migrations().map_err(broken)?, c.pending_migrations(POSTGRES).map_err(broken)?.len()),
    };
    let known = known_versions()?;
    let newer = applied.iter().map(ToString::to_string).find(|version| !known.contains(version));
    Ok(match (newer, pending) {
        (Some(version), _) => SchemaState::Newer(version),
        (None, 0) => SchemaState::Current,
        (None, pending) => SchemaState::Behind(pending),
    })
}

/// The schema that this program wants: the newest migration, and how many there are.
///
/// # Errors
/// [`StoreFault`] where the program's own migrations cannot be read.
pub fn wanted() -> Result<(String, usize), StoreFault> {
    let known = known_versions()?;
    let newest = known.iter().max().cloned().unwrap_or_default();
    Ok((newest, known.len()))
}

fn known_versions() -> Result<Vec<String>, StoreFault> {
    use diesel::migration::MigrationSource;
    let migrations: Vec<Box<dyn diesel::migration::Migration<diesel::sqlite::Sqlite>>> = SQLITE.migrations().map_err(broken)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}
