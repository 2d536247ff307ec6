//! What a return was when the office accepted it: one SHA-256 hash over the hashes of its parts, so that a part can be redacted later
//! and the hash still shows that nothing else changed (ADR 13).

pub mod acts;
pub mod rules;
mod store;
pub mod verify;

pub use rules::Frozen;
