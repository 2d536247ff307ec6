//! The tables, as both engines have them: one file a capability.

mod store;

pub use store::*;
