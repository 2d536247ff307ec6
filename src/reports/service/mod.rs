//! What accepted returns say of the service itself, by award and quarter (R37, R74): people in it, staff, who waits, grants to people.
//!
//! A caseload is what there was in one quarter: over quarters it is never added, since who is carried forward would count each time. What begins, ends
//! and is given in a quarter is added; a part stands back for its whole in the same quarter.

pub mod routes;
pub mod store;
