//! Due-diligence checks: what the office has looked at before it trusts a provider with money.
//!
//! A check is never changed. The next one of its kind takes its place, and the ones before stay readable. Which of a kind counts is the
//! one of the latest day; of several on one day the one recorded last. So a late note of an early check displaces nothing.
//!
//! What a check says today follows from the day: one that passed is `current` until its last day and `expired` after it. Finance alone
//! confirms a supplier number; where the provider is given another number later, that check is `expired` too. A provider with a check that
//! failed or expired is offered nothing until a newer one of that kind passed. A provider that was never checked is not held up.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::kernel::{Id, Refusal};
use crate::providers::checks::rules::ProviderCheck;
use crate::store::Conn;

/// What the log and attached files call a check.
pub const RECORD_KIND: &str = "provider_check";

/// The checks that count of these providers, by provider; one a kind at the most.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn counting(conn: &mut Conn, providers: &[Id]) -> Result<HashMap<Id, Vec<ProviderCheck>>, Refusal> {
    let mut of: HashMap<Id, Vec<ProviderCheck>> = HashMap::new();
    for check in store::of_providers(conn, providers)? {
        of.entry(check.provider_id).or_default().push(check);
    }
    Ok(of.into_iter().map(|(id, checks)| (id, rules::counting(checks))).collect())
}

/// Those among `providers` that may not be offered money on `day`, see [`may_be_offered`].
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn held_up(conn: &mut Conn, providers: &[Id], day: NaiveDate) -> Result<HashSet<Id>, Refusal> {
    let counting = if providers.is_empty() { HashMap::new() } else { counting(conn, providers)? };
    Ok(counting.into_iter().filter(|(_, checks)| rules::may_be_offered(checks, day).is_err()).map(|(id, _)| id).collect())
}

/// Whether the provider may be offered money on `day`.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] with every check that failed or expired.
pub fn may_be_offered(conn: &mut Conn, provider: Id, day: NaiveDate) -> Result<(), Refusal> {
    let checks = counting(conn, &[provider])?.remove(&provider).unwrap_or_default();
    rules::may_be_offered(&checks, day)
}
