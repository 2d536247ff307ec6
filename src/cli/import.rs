//! `almoner import`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::app;
use crate::cli::database::Database;
use crate::cli::{Failure, LOAD_PATIENCE, runtime, say};
use crate::handover::{import as handover, manifest};
use crate::office::import::fault::{LISTED_MAX, listing};
use crate::office::import::{Folder, Sheets};
use crate::office::load::{self, Outcome};
use crate::store::Db;

/// Load an office from a folder of CSV files, or take in what `export` wrote.
///
/// Loads an office from a folder of CSV files in one transaction: all of it or nothing. A second run of the same folder changes
/// nothing. The format is described in examples/west_midlands_2020_21/README.md. A folder that `almoner export --all` wrote is taken in as it is, log and moments
/// included, into an empty database of the same schema: `almoner migrate --create` makes one. The service must not run on it meanwhile. Ends with 0 where all was
/// taken in, and with 1 where nothing was.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Check everything and report the same, but keep nothing. Of an export: that it is whole, and that the database could take it in.
    #[arg(long)]
    dry_run: bool,
    /// Where the attached files of an export go: the service's folder of attached files.
    #[arg(long, value_name = "DIR", env = "ALMONER_DOCUMENTS_DIR", default_value = "documents")]
    documents_dir: PathBuf,
    #[command(flatten)]
    database: Database,
}

impl Import {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        if manifest::is_in(&self.folder) {
            return self.take_in();
        }
        let sheets = Sheets::read(&Folder::open(&self.folder).map_err(Failure)?);
        let mut settings = self.database.settings()?;
        settings.deadline = LOAD_PATIENCE;
        let db = Db::open(settings, app::FOLLOWERS)?;
        let outcome = runtime()?.block_on(load::load(&db, sheets, self.dry_run))?;
        Ok(tell(&outcome, self.dry_run))
    }
}

impl Import {
    /// Takes in an export, or says all that is wrong with it.
    fn take_in(&self) -> Result<ExitCode, Failure> {
        let faults = handover::faults(&self.folder)?;
        if !faults.is_empty() {
            for fault in faults.iter().take(LISTED_MAX) {
                say(format!("{fault}."));
            }
            if let Some(more) = faults.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
                say(format!("{more} more are not listed."));
            }
            say("Nothing was imported.");
            return Ok(ExitCode::FAILURE);
        }
        if self.dry_run {
            handover::target(&self.database.settings()?, &self.folder)?;
            say("Dry run: the export is whole, and the database is empty and has its tables. Nothing was kept.");
            return Ok(ExitCode::SUCCESS);
        }
        let taken = handover::import(&self.database.settings()?, &self.folder, &self.documents_dir)?;
        say(format!("Tables: {} with {} rows.", taken.tables, taken.rows));
        say(match taken.files {
            Some(files) => format!("Files: {files}, in {}.", self.documents_dir.display()),
            None => "Files: the export has none.".to_owned(),
        });
        let (movements, accounts) = taken.ledger;
        say(format!("Ledger: holds, with {movements} movements and {accounts} accounts."));
        say(format!("Audit: holds, with {} links; the newest is the one that the manifest names.", taken.chain_head));
        if taken.without_password > 0 {
            say(format!(
                "People without a password: {}. `almoner user password` sets one; an administrator first.",
                taken.without_password
            ));
        }
        if taken.messages_waiting > 0 {
            say(format!(
                "Messages that wait: {}. The service sends them once it runs, and so does the old one while it does.",
                taken.messages_waiting
            ));
        }
        say("Imported. `almoner verify` computes all the rest again.");
        Ok(ExitCode::SUCCESS)
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
