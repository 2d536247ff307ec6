//! Who may authorise how much, when invoices are due, and when equal payments look like one that was made twice: the office's to set.
//!
//! Without a limit nobody authorises anything. Whoever sets limits authorises nothing by that.

pub mod acts;
pub mod limits;
pub mod routes;
mod store;
