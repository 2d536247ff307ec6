//! What holds payments: rules that are data, for all awards, for a fund's, or for one kind.
//!
//! A new office has none, so that late returns hold nothing (R71). A rule never changes a payment: whether it holds one is worked out from what is
//! known at the moment of asking. So a return that is accepted, an insurance that is renewed or a variation that is signed lets go what waited for it.
//!
//! In an emergency one act lifts a rule for a fund until a day. For one payment it is overridden by its release, after which somebody else authorises it.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
