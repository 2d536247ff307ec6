//! Awards: agreements that commit money to a provider.
//!
//! ```text
//! draft → offered → live ⇄ paused → ended → closed
//! ```
//!
//! or *refused* by the provider, *lapsed*, *withdrawn* by the office, *terminated* by it. An ended or terminated award is closed once
//! everything is settled.
//!
//! **Money** keeps to the award's split over budget lines, to the penny, at each step: an offer moves it from the tranche, the earmark
//! or the fund period to what is offered; the acceptance from there to what is committed; a refusal, a withdrawal or a lapse back to
//! where it came from; the closure what is left to the fund period. A part of another award (`component_of`) and an imported award
//! whose amount is not known move none. Years after the fund period are indicative, subject to funding: outside the ledger.
//!
//! **Terms** are numbered and readable for ever. A draft is changed freely, each time under the next number; from the offer on terms
//! change by a variation only ([`acts::apply_terms`]). Each act adds a version of the award's *standing*, which names the terms, the
//! conditions and the plan that hold. As at a day, the terms are those with the highest number in effect by that day, the state that
//! of the highest version in effect by it.
//!
//! **Before an award goes live** it has a monitoring plan with a full or light evaluation (R67). Contracts carry the National Living
//! Wage clause (R65) and, strictly above £100,000 net of VAT, a social value criterion (R64). A provider sees its own awards, from the
//! offer on.

pub mod acts;
pub mod indicators;
pub mod monitoring;
pub mod routes;
pub mod rules;
mod store;

pub use store::{Award, AwardNames, Standing, TermsVersion};
