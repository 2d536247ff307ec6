//! Bringing many payments forward at once (R16): those of a fund, of a provider, or of awards that are listed.
//!
//! Whoever brings payments forward asks for them, so that somebody else, with a second factor, authorises them. What cannot come forward keeps all from it,
//! unless it is to be left out.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
