//! The files that the paper of an accepted return was set from, kept once, so that it is set from the same ones for as long as it is asked for (ADR 19).

pub mod acts;
mod store;
