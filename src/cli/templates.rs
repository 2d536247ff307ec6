//! What papers look like.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Failure;
use crate::documents::Press;

/// The office's own templates. Without them papers look as the program makes them.
#[derive(Debug, Args)]
pub(super) struct Templates {
    /// A folder with the office's own templates, pictures and fonts. A file there comes before the program's own of the same name:
    /// `office.typ`, `return.typ`, `letters/variation.typ`.
    #[arg(long = "templates", value_name = "DIR", env = "ALMONER_TEMPLATES")]
    folder: Option<PathBuf>,
}

impl Templates {
    /// Opens the press. A faulty template is found now, and not by the paper that nobody gets.
    pub(super) fn open(&self) -> Result<Press, Failure> {
        let press = Press::open(self.folder.as_deref()).map_err(Failure)?;
        let faults = press.check();
        if faults.is_empty() { Ok(press) } else { Err(Failure::new(format!("The service does not start.\n{}", faults.join("\n")))) }
    }
}
