//! Files attached and files made: content sniffed, hash kept, bytes in a folder outside the database rows.

use std::path::PathBuf;

/// The folder that holds the bytes.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Where.
    pub folder: PathBuf,
}
