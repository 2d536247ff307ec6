//! `almoner migrate`.

use std::process::ExitCode;

use clap::Args;

use crate::cli::database::Database;
use crate::cli::{Failure, say};
use crate::store::Db;

/// Bring the database's schema up to date.
///
/// Brings the schema up to date. On PostgreSQL replicas that start together wait for each other.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    database: Database,
    /// Make the SQLite file where there is none. Without this a mistyped path is an error, never an empty database.
    #[arg(long)]
    create: bool,
}

impl Migrate {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let mut settings = self.database.settings()?;
        settings.create = self.create;
        match Db::migrate(&settings)? {
            0 => say("The database is up to date."),
            1 => say("Ran 1 migration. The database is up to date."),
            count => say(format!("Ran {count} migrations. The database is up to date.")),
        }
        Ok(ExitCode::SUCCESS)
    }
}
