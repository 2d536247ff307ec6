//! Bringing many payments forward at once (R16): those of a fund, of a provider, or of awards that are listed.
//!
//! One person asks for it, with the reason; another one, with a second factor and within the limit that payments have, approves it, and then the payments
//! come forward in one transaction. Each is authorised as any other, by somebody else than whoever asked. What cannot come forward keeps all from it,
//! unless it is to be left out.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
