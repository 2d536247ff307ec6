//! Files attached to records: content sniffed, hash kept, bytes in a folder outside the database rows.
//!
//! - The bytes come first ([`Shelf::place`]): checked, written under their SHA-256 and flushed to disk; then the act commits the row
//!   ([`attach`]). A row therefore always has its bytes. Bytes whose act was refused have no row; [`Sweeping`] takes them away.
//! - What a file is is read from its content, and must agree with its name and with what the caller says it is.
//! - Who may see the record may see its files, unless they are for the office alone. The record decides that, so it is the record's
//!   capability that serves them, and that hands them over where the record comes to be another provider's ([`hand_over`]).
//! - What is made is set from a template and data ([`press`]).
//! - A document is never changed: another file is another document. It is taken away where it holds personal data that may not be kept
//!   ([`redact`]), and off its record where it was attached by mistake ([`remove`]); its row stays and says so.

pub mod acts;
pub mod papers;
pub mod press;
pub mod routes;
pub mod rules;
pub mod shelf;
mod store;
pub mod sweep;
pub mod verify;

pub use acts::{Attached, DocumentView, Since, Taken, attach, get, hand_over, list, pass_on, redact, remove, share, since};
pub use press::{Press, Printed, Template};
pub use routes::{DocumentUpload, NamedFile, Naming, attach_to, list_of, nothing_more};
pub use shelf::{Placed, Shelf};
pub use sweep::Sweeping;
