//! Social value as it was promised and as it was delivered (R64): indicators that count it, their targets beside what accepted returns say.

mod asked;
pub mod routes;
mod rules;
