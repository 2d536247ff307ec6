//! What an office adds to an award so that it can be published: purpose, reasons, why it is value for money, the copy of a contract. It has versions of its own, and the agreement
//! stays as it is. The watch lists what is due for publication in a month and lacks any of it.

pub mod acts;
pub mod routes;
pub mod rules;
pub(super) mod store;
