//! The tables, as both engines have them: one file a capability.
#![expect(missing_docs, reason = "what the tables hold is said in the migrations")]

mod audit;
mod funds;
mod documents;
mod ledger;
mod providers;
mod outbox;
mod store;

pub use audit::*;
pub use funds::*;
pub use documents::*;
pub use ledger::*;
pub use providers::*;
pub use outbox::*;
pub use store::*;
