//! The tables, as both engines have them: one file a capability.
#![expect(missing_docs, reason = "what the tables hold is said in the migrations")]

mod audit;
mod funds;
mod ledger;
mod providers;
mod store;

pub use audit::*;
pub use funds::*;
pub use ledger::*;
pub use providers::*;
pub use store::*;
