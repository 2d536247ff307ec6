//! What everybody may read without login, below `/open-data`: registers, notices, open funding rounds, and grants as 360Giving has them.
//!
//! Only awards that were accepted appear, and of them only what [`rules::entry::Entry`] holds, which every output is made of: so a redaction takes effect in all of
//! them at once, and nothing else leaks by a new field of an award. `docs/PUBLISHING.md` lists what that is.
//!
//! - [`records`]: what an office adds to an award so that it can be published (its reasons), and what is due and still incomplete.
//! - [`notices`]: notices of decisions, published by a second officer.
//! - [`redactions`]: fields that are not shown, until a second act lifts that.
//! - [`policy`]: under which name, prefix and licence.

mod acts;
mod notices;
mod policy;
mod records;
mod redactions;
pub mod routes;
mod rules;
mod store;
