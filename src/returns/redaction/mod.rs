//! Taking personal data out of a return: from every version of its content, from questions and answers, and from its files.
//!
//! This is the one act that overwrites what was kept. What stood there is nowhere afterwards, the log included, which only ever held where
//! and why. A mark stands in its place, and a hash of each content without the text shows that nothing else changed.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
