//! `almoner copy`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::{Failure, say};
use crate::handover::copy::{Copied, Folders, copy, prepare};
use crate::store::Settings;

/// Move an office to another database, on either engine.
///
/// Moves an office to another database, from SQLite to PostgreSQL or back or within one engine: everything, passwords and sessions
/// included. The target must hold nothing; its tables are made. The copy is compared row by row, the ledger and the audit log are computed again
/// on both, and it is kept only where nothing is different. Stop the service first: what is done meanwhile is not in the copy.
#[derive(Debug, Args)]
pub(super) struct Copy {
    /// The database to read: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
    #[arg(long, value_name = "URL", env = "ALMONER_COPY_FROM", hide_env_values = true)]
    from: String,
    /// The database to fill. A file is made; a database on a server must be there and be empty.
    #[arg(long, value_name = "URL", env = "ALMONER_COPY_TO", hide_env_values = true)]
    to: String,
    /// The folder of attached files to copy too. Without it the files stay where they are, and a service on the copy may go on with them.
    #[arg(long, value_name = "DIR", requires = "documents_to")]
    documents_from: Option<PathBuf>,
    /// The folder to copy attached files to.
    #[arg(long, value_name = "DIR", requires = "documents_from")]
    documents_to: Option<PathBuf>,
}

impl Copy {
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let (from, to) = (Settings::new(self.from.trim()), Settings::new(self.to.trim()));
        prepare(&from, &to)?;
        let folders = self.documents_from.as_deref().zip(self.documents_to.as_deref()).map(|(from, to)| Folders { from, to });
        let Copied { complete_up_to, tables, rows, ledger: (movements, accounts), chain: (head, hash), unsealed, files } =
            copy(&from, &to, folders)?;
        say(format!("Rows: {rows} in {tables} tables, each the same in both."));
        say(format!("Ledger: holds in both, with the same {movements} movements and {accounts} accounts."));
        let newest = if head > 0 { format!("; the newest link is {head} {hash}") } else { String::new() };
        say(format!("Audit: holds in both, with the same {head} links and {unsealed} events not linked yet{newest}."));
        say(match folders {
            Some(folders) => format!("Files: {files} copied to {}.", folders.to.display()),
            None => format!(
                "Files: not copied. {files} are named; start the service on the copy with the same --documents-dir, or copy that folder."
            ),
        });
        say(format!(
            "Copied. Complete up to {complete_up_to}; what was done later is in the source alone. Start the service on the copy, and not on the source."
        ));
        Ok(ExitCode::SUCCESS)
    }
}
