//! The files that a paper is set from, and the hash by which they are known.

use sha2::{Digest, Sha256};

/// A file that a paper is set from: a template, a picture or a font.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All files that a paper is set from, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperSet {
    /// SHA-256 in hexadecimal of a line for each file: its hash, a blank, its name.
    pub sha256: String,
    /// The files.
    pub files: Vec<PaperFile>,
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl PaperSet {
    /// The set of these files, given by name.
    #[must_use]
    pub fn of(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut files: Vec<PaperFile> = files.into_iter().map(|(name, bytes)| PaperFile { name, sha256: hex(&bytes), bytes }).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Self { sha256: hash_of(&files), files }
    }

    /// Whether its hash and those of its files are right.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.files.iter().all(|one| hex(&one.bytes) == one.sha256) && hash_of(&self.files) == self.sha256
    }
}

fn hash_of(files: &[PaperFile]) -> String {
    let lines: String = files.iter().map(|one| format!("{} {}\n", one.sha256, one.name)).collect();
    hex(lines.as_bytes())
}
