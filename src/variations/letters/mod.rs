//! What a provider is told of a variation by letter (R51): an e-mail, and a paper.
//!
//! - What the paper says is fixed when the variation is issued ([`sheet`]), in the same transaction, so that it tells the same whenever it is
//!   made and whatever became of the award, its provider or the office since, in the sentences of the templates that it is made with. A variation that is
//!   issued again on other figures has a further letter, of that day, which says which one it replaces; the one before stays, and is made too.
//! - The PDF is made after that, by whoever asks for it first or by the worker ([`making`]); it is kept as a file under its SHA-256 and never made
//!   again (ADR 43).
//! - A draft has a paper marked as such, made when it is asked for and not kept.

pub mod acts;
mod archive;
mod head;
mod instalments;
mod mail;
pub mod making;
pub(in crate::variations) mod routes;
mod sheet;
mod store;
mod words;

pub(in crate::variations) use acts::issued_again_on;
pub use acts::{LetterPaper, LetterProgress};
pub use archive::archive_of;
pub use head::{Addressed, HOW_TO_ANSWER, Head, addressed};
pub use mail::of_issue;
pub(in crate::variations) use mail::{
    ToSend, write_of_acceptance, write_of_issue, write_of_issues, write_of_rebases, write_of_reminders, write_of_withdrawals,
};
pub use making::{Making, OfVariations};

/// What the log and the files call a letter.
pub const RECORD_KIND: &str = "variation_letter";
