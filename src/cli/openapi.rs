//! `almoner openapi`.

use std::process::ExitCode;

use crate::app;
use crate::cli::{Failure, say};

/// Prints the description that the running service has of itself.
pub(super) fn run() -> Result<ExitCode, Failure> {
    let (_, _, description) = app::api().map_err(Failure)?;
    say(serde_json::to_string_pretty(&description).map_err(Failure::new)?);
    Ok(ExitCode::SUCCESS)
}
