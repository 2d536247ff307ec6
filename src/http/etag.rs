//! Versions of records, as callers see them: `"3.9f2c11aa"` is version 3 and a hash of what this caller was shown.

use sha2::{Digest, Sha256};

use crate::kernel::{Fault, Refusal};

/// The pattern of an entity tag of a record.
pub const PATTERN: &str = "^\"[0-9]{1,9}[.][0-9a-f]{1,64}\"$";

/// The first eight hexadecimal digits of the SHA-256 of `bytes`.
#[must_use]
pub fn short_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)).chars().take(8).collect()
}

/// Bytes in hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The entity tag of version `version` shown as `body`.
#[must_use]
pub fn of(version: i32, body: &[u8]) -> String {
    format!("\"{version}.{}\"", short_hash(body))
}

/// The version that `If-Match` names.
///
/// # Errors
/// [`Refusal::Invalid`] where the header is not an entity tag of a record.
pub fn version_in(header: &str) -> Result<i32, Refusal> {
    let wrong = || {
        Refusal::Invalid(vec![Fault::new(
            "header:If-Match",
            "wrong_format",
            "`If-Match` must be the `ETag` of the record, such as \"3.9f2c11aa\".",
        )])
    };
    let inside = header.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(wrong)?;
    let (version, hash) = inside.split_once('.').ok_or_else(wrong)?;
    let digits = version.len() <= 9 && version.chars().all(|c| c.is_ascii_digit());
    let hexadecimal = !hash.is_empty() && hash.len() <= 64 && hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    if digits && hexadecimal { version.parse().map_err(|_| wrong()) } else { Err(wrong()) }
}

/// Whether `If-None-Match` holds `tag`.
#[must_use]
pub fn is_known(header: Option<&str>, tag: &str) -> bool {
    header.is_some_and(|header| header.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*"))
}
