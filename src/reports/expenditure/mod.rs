//! What was spent: figures as they are printed, by period, and what accepted returns report, by category; side by side, never added to each
//! other (O11, O12, O14, R15, R20, R21).

pub mod asked;
pub mod returned;
pub mod routes;
pub mod rows;
pub mod rules;
pub mod store;
