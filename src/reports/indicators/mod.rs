//! Indicator values from accepted returns and from print: added up as each indicator allows, by award, area or period, beside their targets
//! (O11, O15, O16, R21, R22, R70).
//!
//! What was not reported is counted as missing and never added as 0. Where values may not be added, there is no sum, and the row
//! says why. What a part of an award reports is not added to what the whole reports for the same days. Returned and printed values are never mixed in one row.

mod aims;
pub mod belonging;
pub mod counted;
#[cfg(test)]
mod properties;
pub mod routes;
pub mod rows;
pub mod rules;
pub mod store;
