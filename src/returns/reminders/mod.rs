//! Reminders of returns by e-mail: some days before a return is due, on the day, and each week after it up to a number of weeks.
//!
//! They go to whoever writes and signs for the provider, or to its own address where nobody does. Each reason is told once for each day on
//! which a return is due, whatever happens: the note that it was told stands in the transaction that queues the message. The office can
//! leave an award out.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
