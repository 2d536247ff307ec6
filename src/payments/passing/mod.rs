//! Payments of an agreement that passes to another provider: who receives which from then on.

pub mod acts;
pub mod rules;
mod store;
