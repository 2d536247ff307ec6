//! The values of each content once more, packed for reports. They are written with the content. What was written by an earlier version of
//! the service is packed beside the requests; until then reports read its values one by one, with the same answer.

pub mod acts;
pub(in crate::returns) mod store;
