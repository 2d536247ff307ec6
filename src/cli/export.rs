//! `almoner export`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::database::Database;
use crate::cli::{Failure, say};
use crate::handover::export::{Wanted, export};

/// Write everything that the office holds into a folder of CSV files and attached files.
///
/// Writes everything that the office holds into a folder, as CSV files that are described in it and the attached files, from one
/// snapshot. A running service goes on. `almoner import` takes the folder into an empty database. The folder holds personal data: keep it
/// as safe as the database.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// Write all of it. Single lists and reports come from the API.
    #[arg(long, required = true)]
    all: bool,
    /// The folder, which is empty or not there yet.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The service's folder of attached files.
    #[arg(long, value_name = "DIR", env = "ALMONER_DOCUMENTS_DIR", default_value = "documents")]
    documents_dir: PathBuf,
    /// Leave the attached files out.
    #[arg(long)]
    without_files: bool,
    /// Write hashed passwords, secrets of programs, second factors and recovery codes too. Without it people set new passwords in an imported office.
    /// Sessions are never written.
    #[arg(long)]
    with_credentials: bool,
    #[command(flatten)]
    database: Database,
}

impl Export {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let documents = (!self.without_files).then(|| self.documents_dir.clone());
        let wanted = Wanted { folder: self.folder.clone(), documents, with_credentials: self.with_credentials };
        let made = export(&self.database.settings()?, &wanted)?;
        let rows: u64 = made.tables.iter().map(|sheet| sheet.rows).sum();
        say(format!("Tables: {} with {rows} rows, complete up to {}.", made.tables.len(), made.complete_up_to));
        say(match &made.files {
            Some(sheet) => format!("Files: {}.", sheet.rows),
            None => "Files: left out.".to_owned(),
        });
        say(if made.with_credentials {
            "Passwords and secrets: in it, passwords hashed, second factors as they are. Guard the folder accordingly."
        } else {
            "Passwords and secrets: left out. People set new passwords in an imported office."
        });
        say(format!("Exported to {}. Its README.txt says what is what.", self.folder.display()));
        Ok(ExitCode::SUCCESS)
    }
}
