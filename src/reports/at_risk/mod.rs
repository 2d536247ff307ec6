//! What is promised before its budget is confirmed: budget line by budget line what leave to commit there is, how much of it is used, until which
//! day, and which awards stand on it (R48).

mod leave;
pub mod routes;
mod store;
