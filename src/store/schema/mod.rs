//! The tables, as both engines have them: one file a capability.

mod ledger;
mod store;

pub use ledger::*;
pub use store::*;
