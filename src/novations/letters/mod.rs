//! What the providers are told of a novation: by e-mail, and by a letter each as PDF, made as the letters of variations are ([`crate::variations::letters`]).
//!
//! - Both providers have one, or where a commissioning body ends each provider whose agreements pass on. A body has none: it accepts by a paper.
//! - What a letter says is fixed when the novation is issued, in the same transaction. The PDF is made after that, by the worker or by whoever asks for it
//!   first, is kept under its SHA-256 and is never made again (ADR 43). A letter is for its own provider and the office.
//! - A draft has letters marked as such, made when they are asked for and not kept.
//! - A provider that has not answered is reminded, at the office's wish and once a day at most.

pub mod acts;
mod mail;
pub(in crate::novations) mod routes;
mod sheet;
mod store;

use crate::kernel::Id;

pub use acts::OfNovations;
pub(in crate::novations) use mail::{write_of_application, write_of_issue, write_of_reminder};

/// What the log and the files call a letter.
pub const RECORD_KIND: &str = "novation_letter";

/// Where the letter of a novation to a provider is to be had.
fn path(novation: Id, provider: Id) -> String {
    format!("/v1/novations/{novation}/providers/{provider}/letter")
}
