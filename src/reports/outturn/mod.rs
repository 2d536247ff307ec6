//! What each award is expected to have cost in the end, quarter by quarter: what accepted returns report, and for the quarters that none of them
//! covers the forecast in force, beside the agreed profile and the award's value.
//!
//! A forecast is added to and never overwritten: the latest return that was sent and gave one holds until a later one gives another. A quarter
//! that is neither reported nor forecast has no outturn, which is not nought.

pub mod routes;
pub mod rules;
pub(super) mod store;
