//! What an export says of itself, so that whoever takes it in knows that it is whole.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::kernel::{Moment, Refusal};
use crate::store::migrate;

/// The name of the manifest's file: a folder with one is an export.
pub const FILE: &str = "manifest.json";
/// What the format is called.
pub const FORMAT: &str = "almoner-export";
/// The version of the format.
pub const FORMAT_VERSION: u32 = 1;
/// The list of the attached files.
pub const FILES: &str = "files.csv";

/// The manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version of Almoner that wrote it.
    pub program_version: String,
    /// What the tables are like.
    pub schema: Schema,
    /// When it was written.
    pub made_at: Moment,
    /// Everything recorded up to this moment is in it.
    pub complete_up_to: Moment,
    /// Whether passwords (hashed) and second factors (as they are) are in it.
    pub with_credentials: bool,
    /// The newest link of the audit log's chain.
    pub audit_chain: Head,
    /// The files with tables, in an order in which each comes after those that it names.
    pub tables: Vec<Sheet>,
    /// The list of attached files; none where they were left out.
    pub files: Option<Sheet>,
}

/// What the tables are like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The newest migration.
    pub version: String,
    /// How many migrations there are.
    pub migrations: usize,
}

impl Schema {
    /// The schema of this program.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the program's migrations cannot be read.
    pub fn wanted() -> Result<Self, Refusal> {
        let (version, migrations) = migrate::wanted()?;
        Ok(Self { version, migrations })
    }
}

/// The newest link of the chain; number 0 where nothing was linked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
}

/// A CSV file of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Where it stands in the folder.
    pub file: String,
    /// How many rows it has, without the line of names.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// Whether a folder is an export.
#[must_use]
pub fn is_in(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// Reads the manifest of a folder.
///
/// # Errors
/// A sentence where it cannot be read, or is no manifest that this program knows.
pub fn read(folder: &Path) -> Result<Manifest, String> {
    let text = fs::read_to_string(folder.join(FILE)).map_err(|error| format!("{FILE} cannot be read: {error}"))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| format!("{FILE} is damaged: {error}"))?;
    let (format, version) = (value.get("format"), value.get("format_version"));
    if format.and_then(serde_json::Value::as_str) != Some(FORMAT) {
        return Err(format!("{FILE} is not the manifest of an export: `format` is not `{FORMAT}`"));
    }
    if version.and_then(serde_json::Value::as_u64) != Some(FORMAT_VERSION.into()) {
        return Err(format!("the export has a format of another version than {FORMAT_VERSION}; use the version of Almoner that wrote it"));
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|error| format!("{FILE} is damaged: {error}"))?;
    // Tables are held against the list of tables; this one name would be believed.
    match manifest.files.as_ref().filter(|sheet| sheet.file != FILES) {
        Some(sheet) => Err(format!("{FILE} is damaged: the list of attached files is `{}` instead of `{FILES}`", sheet.file)),
        None => Ok(manifest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_files_stands_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let sheet = |file: &str| Sheet { file: file.to_owned(), rows: 0, sha256: String::new() };
        let at = Moment::from_micros(0).unwrap();
        for (file, is_right) in [(FILES, true), ("/etc/passwd", false), ("../files.csv", false), ("tables/files.csv", false)] {
            let manifest = Manifest {
                format: FORMAT.to_owned(),
                format_version: FORMAT_VERSION,
                program_version: String::new(),
                schema: Schema { version: String::new(), migrations: 0 },
                made_at: at,
                complete_up_to: at,
                with_credentials: false,
                audit_chain: Head::default(),
                tables: Vec::new(),
                files: Some(sheet(file)),
            };
            fs::write(folder.path().join(FILE), serde_json::to_string(&manifest).unwrap()).unwrap();
            assert_eq!(read(folder.path()).is_ok(), is_right, "{file}");
        }
    }
}
