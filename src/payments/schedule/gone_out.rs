//! What of an award has gone out for each quarter: a change of the award leaves that as it is, as far as it can.

use std::collections::HashMap;

use crate::awards::Award;
use crate::awards::rules::QuarterAmount;
use crate::kernel::{Id, Pence, Quarter, Refusal};
use crate::payments::Payment;
use crate::payments::rules::{PaymentKind, PaymentState};
use crate::payments::store as records;
use crate::store::Conn;

/// What is paid or on its way for each quarter, or owed to a provider that was party before, by award: what another cut of the schedule leaves as it is.
/// What has no days is of no quarter. As much is looked up for many awards as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn all_by_quarter(conn: &mut Conn, awards: &[&Award]) -> Result<HashMap<Id, Vec<QuarterAmount>>, Refusal> {
    let party: HashMap<Id, Option<Id>> = awards.iter().map(|award| (award.id, award.terms.provider_id)).collect();
    let ids: Vec<Id> = awards.iter().map(|award| award.id).collect();
    let mut all: HashMap<Id, Vec<QuarterAmount>> = HashMap::new();
    for one in records::of_awards(conn, &ids)? {
        if stays(party.get(&one.award_id).copied().flatten(), &one) {
            all.entry(one.award_id).or_default().extend(quarters(&one));
        }
    }
    Ok(all)
}

fn stays(party: Option<Id>, one: &Payment) -> bool {
    let facts = &one.facts;
    let is_anothers = party.is_some_and(|own| own != one.provider_id);
    let is_settled = !facts.is_estimate && facts.met_on.is_some();
    let is_fixed = !facts.state.is_open() || is_settled || facts.kind == PaymentKind::Invoice;
    facts.state != PaymentState::Cancelled && (is_anothers || is_fixed)
}

/// A payment on the quarters of its days, alike.
fn quarters(one: &Payment) -> Vec<QuarterAmount> {
    let quarters = one.facts.starts_on.zip(one.facts.ends_on).map(|(first, last)| Quarter::between(first, last)).unwrap_or_default();
    let parts = one.facts.amount_pence.split(&vec![Pence(1); quarters.len()]);
    quarters.into_iter().zip(parts).map(|(quarter, amount_pence)| QuarterAmount { quarter, amount_pence }).collect()
}
