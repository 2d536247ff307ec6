//! Notices of decisions on awards and variations (R50; that funding decisions are published so is inferred).
//!
//! ```text
//! draft → published → withdrawn
//! ```
//!
//! An officer drafts a notice, another one publishes it; a draft is changed freely. Whoever withdraws it says why. A notice that is not `is_public` is published inside the
//! office alone. The public sees published ones of awards that were accepted.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
