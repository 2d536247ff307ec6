//! Which share of the money goes where an office promised it would: to local, small and non-commissioned organisations, and to contracts that were
//! chosen for social value too. Each share says what it counts, of what whole, and how much of that whole is not known.

pub mod routes;
mod store;
