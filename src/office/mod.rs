//! An office as a folder of CSV files: how it is read and checked, how it is loaded, and the example that the demo shows; and an
//! office made up from a seed.
//!
//! [`import`] knows no database: it turns files into typed rows and finds every fault of form and every reference that leads
//! nowhere. [`load`] goes through the same acts as a request, in one transaction.

pub mod example;
pub mod generate;
pub mod import;
pub mod load;
mod store;
