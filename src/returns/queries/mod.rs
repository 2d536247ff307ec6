//! What the office asks about a return: about all of it or about one field of its content, and what the provider answers.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
