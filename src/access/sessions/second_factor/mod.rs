//! The second factor of a session: a code of an authenticator (TOTP, RFC 6238), for whoever lets money go.
//!
//! A person enrols once: the service shows a secret, which an authenticator takes in, and a code confirms it. From then on a code gives their session its
//! second factor for an hour. The code of a time step counts once, and after too many wrong ones none counts for a while. The secret is shown when it is
//! made and never again; recovery codes are kept as hashes, and count once each. An administrator takes a second factor away where its authenticator is
//! lost; the person then enrols anew.

pub mod acts;
pub mod routes;
mod rules;
mod store;
