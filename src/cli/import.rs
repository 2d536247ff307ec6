//! `almoner import`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::app;
use crate::cli::database::Database;
use crate::cli::{Failure, runtime, say};
use crate::office::import::fault::{LISTED_MAX, listing};
use crate::office::import::{Folder, Sheets};
use crate::office::load::{self, Outcome};
use crate::store::Db;

/// How long an import may take.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Loads an office from a folder of CSV files in one transaction: all of it or nothing. A second run of the same folder changes
/// nothing. The format is described in examples/west_midlands_2020_21/README.md.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Check everything and report the same, but keep nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: Database,
}

impl Import {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let sheets = Sheets::read(&Folder::open(&self.folder).map_err(Failure)?);
        let mut settings = self.database.settings()?;
        settings.deadline = PATIENCE;
        let db = Db::open(settings, app::FOLLOWERS)?;
        let outcome = runtime()?.block_on(load::load(&db, sheets, self.dry_run))?;
        Ok(tell(&outcome, self.dry_run))
    }
}

/// Prints what an import did. Faults are its result, so they go to standard output too.
fn tell(outcome: &Outcome, dry_run: bool) -> ExitCode {
    if !outcome.faults.is_empty() {
        say(listing(outcome.faults.get(..LISTED_MAX).unwrap_or(&outcome.faults)));
        if let Some(more) = outcome.faults.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
            say(format!("{more} more are not listed."));
        }
        say("Nothing was imported.");
        return ExitCode::FAILURE;
    }
    for line in outcome.lines() {
        say(line);
    }
    say(if dry_run { "Dry run: nothing was kept." } else { "Imported." });
    ExitCode::SUCCESS
}
