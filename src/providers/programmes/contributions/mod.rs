//! Co-funding (R04): what others pay for a programme or beside a fund, in cash or in kind. It moves no money here. The amount may be
//! unknown, and the contributions of a programme need not add up to what it costs.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
