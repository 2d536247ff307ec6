//! Campaigns: one change to many awards at once (R51).
//!
//! ```text
//! draft → issued   (or withdrawn: taken back, with all that was not answered)
//! ```
//!
//! A campaign chooses its awards once, by what they have in common, by a list or by the rows of a file, and keeps them: an award that
//! goes live afterwards is none of them. It says the change, the same for all, worked out for each from what it agrees to, or by row.
//!
//! [`acts::weigh`] holds each award against what a single variation is held against, and counts the money of all of them together: two that
//! fit each alone and not both are told so. The preview shows what it finds, and the issue does what it found, in one transaction: each award
//! gets its variation, or none does. Leaving out those that cannot be varied is a choice of its own, which is kept with the reasons.
//!
//! From then on each variation goes its own way, answered by its own provider. The application brings into force what is accepted, all of
//! it or nothing, and is harmless when it is repeated. A campaign that changes values is issued and applied by an approver who did not draft it.
//! So is each of its variations, whose approval that decision is.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

pub use acts::{ISSUE, barred, check_application, issued, variations_of};
