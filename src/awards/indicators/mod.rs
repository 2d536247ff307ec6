//! Indicators: what is counted, with a unit, a direction, a basis, targets by period and area, and how counts add up over quarters
//! and over areas, which are two different questions (R22, R69, R70, R77).
//!
//! Awards that deliver together may share one. Once a value was reported, its unit and the way it adds up stay as they are
//! ([`acts::lock`]); what counts differently is another indicator. What a provider was offered stays: from the offer
//! of an award on its targets change by a variation, and an offered award gets no other indicator and loses none.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
