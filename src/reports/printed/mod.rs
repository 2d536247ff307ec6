//! Printed figures as they were known, for the reports that show them beside what is computed.

pub mod store;

pub use store::PrintedFigure;
