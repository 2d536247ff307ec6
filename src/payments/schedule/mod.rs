//! Schedules: an award cut into instalments, to the penny.
//!
//! An instalment is monthly, quarterly, on a milestone, half at the start and half on proof of purchase, or in arrears: a quarter's accepted spend.
//! Months and quarters follow the award's profile, where it has one. What is paid or on its way stays as it is when a schedule is set anew or a
//! variation changes the award; the rest is cut again. So the instalments always come to what is still to be paid.

pub mod acts;
pub mod corrected;
pub mod foreseen;
pub mod gone_out;
pub mod routes;
pub mod rules;
mod store;
