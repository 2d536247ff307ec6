//! Which database a command works on.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Failure;
use crate::store::Settings;

/// Where nothing is said.
const DEFAULT: &str = "sqlite:almoner.db";

/// Which database.
#[derive(Debug, Args)]
pub(super) struct Database {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. `DATABASE_URL` is read where this is not set; with neither it is
    /// `sqlite:almoner.db`.
    #[arg(long = "database", value_name = "URL", env = "ALMONER_DATABASE_URL", hide_env_values = true)]
    url: Option<String>,
    /// A file that holds the database URL, so that its password is in no environment.
    #[arg(long = "database-file", value_name = "FILE", env = "ALMONER_DATABASE_URL_FILE", conflicts_with = "url")]
    file: Option<PathBuf>,
}

impl Database {
    /// The settings for this database.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let url = match (&self.url, &self.file) {
            (Some(url), _) => url.clone(),
            (None, Some(file)) => secret(file, "database URL")?,
            (None, None) => std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()).unwrap_or_else(|| DEFAULT.to_owned()),
        };
        Ok(Settings::new(url.trim()))
    }

    /// Logs a warning where the database is a file that others may read.
    pub fn warn_where_readable(&self) -> Result<(), Failure> {
        if let Some(path) = self.settings()?.url.strip_prefix("sqlite:") {
            warn_where_readable(Path::new(path), "The database");
        }
        Ok(())
    }
}

/// Logs a warning where other users of this machine may read a file that is for the service alone.
#[cfg(unix)]
pub(super) fn warn_where_readable(file: &Path, what: &str) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(meta) = std::fs::metadata(file) else { return };
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let file = file.display();
        tracing::warn!("{what} in {file} can be read by others on this machine (mode {mode:o}); `chmod 600 {file}` keeps it to its user");
    }
}

/// Who may read a file is said otherwise here.
#[cfg(not(unix))]
pub(super) const fn warn_where_readable(_: &Path, _: &str) {}

/// The text of a file that holds a secret, without the line end that an editor leaves.
pub(super) fn secret(file: &Path, what: &str) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("The {what} in {} cannot be read: {error}.", file.display())))?;
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    if text.is_empty() { Err(Failure::new(format!("The file {} holds no {what}.", file.display()))) } else { Ok(text) }
}
