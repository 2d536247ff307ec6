//! The tables, as both engines have them: one file a capability.
#![expect(missing_docs, reason = "what the tables hold is said in the migrations")]

mod access;
mod audit;
mod awards;
mod budgets;
mod campaigns;
mod documents;
mod funds;
mod indicators;
mod ledger;
mod meetings;
mod novations;
mod office;
mod outbox;
mod payments;
mod providers;
mod publishing;
mod reports;
mod returns;
mod store;
mod variations;
mod year_end;

pub use access::*;
pub use audit::*;
pub use awards::*;
pub use budgets::*;
pub use campaigns::*;
pub use documents::*;
pub use funds::*;
pub use indicators::*;
pub use ledger::*;
pub use meetings::*;
pub use novations::*;
pub use office::*;
pub use outbox::*;
pub use payments::*;
pub use providers::*;
pub use publishing::*;
pub use reports::*;
pub use returns::*;
pub use store::*;
pub use variations::*;
pub use year_end::*;
