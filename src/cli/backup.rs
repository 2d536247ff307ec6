//! `almoner backup`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::database::Database;
use crate::cli::{Failure, say};
use crate::store::{Target, whole};

/// Write a checked copy of a database on SQLite while the service goes on.
///
/// The copy goes into a new file and is checked. Copy the folder of attached files after it, never before, and keep the keys that sign tokens elsewhere: neither is in
/// it. On PostgreSQL use `pg_dump`. `almoner verify --documents-dir` on what was brought back says whether both belong together.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file, which is not there yet.
    // Not `file`: the flag --database-file is called that.
    #[arg(value_name = "FILE")]
    into: PathBuf,
    #[command(flatten)]
    database: Database,
}

impl Backup {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let settings = self.database.settings()?;
        let shown = self.into.display();
        if let Target::Postgres(_) = Target::parse(&settings.url).map_err(Failure)? {
            return Err(Failure(format!(
                "This database is on PostgreSQL, whose own tools back it up while the service goes on: `pg_dump --format=custom --file={shown} URL`, \
                 then copy the folder of attached files; the keys that sign tokens are files of their own. `pg_restore --dbname=URL FILE` brings it back."
            )));
        }
        let odd = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure(format!("{shown} is there already. Name a new file.")),
            _ => Failure(format!("The backup {shown} cannot be written: {error}.")),
        };
        // Made first and empty, so that others on this machine never read it.
        private(&self.into).map_err(odd)?;
        if let Err(error) = whole::back_up(&settings, &self.into) {
            let _ = fs::remove_file(&self.into);
            return Err(error.into());
        }
        let size = fs::metadata(&self.into).map_err(odd)?.len();
        say(format!(
            "Backed up to {shown}: {size} bytes, checked. Now copy the folder of attached files, and keep the keys that sign tokens elsewhere."
        ));
        Ok(ExitCode::SUCCESS)
    }
}

/// An empty file for its owner alone.
fn private(file: &std::path::Path) -> std::io::Result<()> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(|_| ())
}
