//! How much may be used for something else without a provider's acceptance, and which changes of the value somebody else approves: the office's to set.
//!
//! No paper prints either, so nothing is built in: each other use of the money needs its provider's acceptance, and no change an approval.

pub mod acts;
pub mod routes;
mod store;
