//! What an award owes besides its service: returns at a pace that fits it, an evaluation, and conditions (R49, R67, R68).
//!
//! The fund sets a plan and the award may change it: a community grant of £3,000 does not report like a service of £1m. An award
//! goes live only with a complete plan. Conditions are agreed with the award; afterwards only their evidence changes.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

pub(in crate::awards) use store::agreed;
