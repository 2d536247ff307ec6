//! Passing payments on with their agreements.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use crate::audit::{self, Entry};
use crate::kernel::{Id, Pence, Refusal};
use crate::payments::passing::rules::{self, Passage};
use crate::payments::passing::store;
use crate::payments::rules::PaymentState;
use crate::payments::runs::acts as runs;
use crate::payments::{Payment, acts as payments};
use crate::store::{Conn, Tx};

pub use crate::returns::passing::acts::Passing;

/// What becomes of the payments of one award.
#[derive(Debug, Clone, Default)]
pub struct OfAward {
    /// Those that go to the successor.
    pub going: Vec<Payment>,
    /// Those that stand in the way, in words.
    pub stuck: Vec<String>,
    /// Invoices that would go along and whose numbers the successor has used already.
    pub taken: Vec<String>,
}

impl OfAward {
    /// How much goes to the successor.
    #[must_use]
    pub fn going_pence(&self) -> Pence {
        self.going.iter().map(|one| one.facts.amount_pence).sum()
    }
}

/// What becomes of the payments of these awards, by award; awards without any are left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of(conn: &mut Conn, awards: &[Id], passing: &Passing) -> Result<HashMap<Id, OfAward>, Refusal> {
    let gathered: HashSet<Id> = runs::in_a_run(conn)?;
    let mut numbers: Option<Vec<String>> = None;
    let mut all: HashMap<Id, OfAward> = HashMap::new();
    for one in store::of(conn, awards, passing.from)? {
        let is_gathered = gathered.contains(&one.id);
        let facts = &one.facts;
        let own = all.entry(one.award_id).or_default();
        let goes_by = facts.ends_on.unwrap_or(facts.due_on);
        match rules::passage((facts.state, facts.kind), (goes_by, passing.day), (passing.has_ceased, is_gathered)) {
            Passage::Stays => {}
            Passage::Stuck if is_gathered => {
                own.stuck.push(format!(
                    "{} stands in a payment run that has not left. Cancel the run, or let it leave and be answered.",
                    one.reference
                ));
            }
            Passage::Stuck => {
                own.stuck.push(format!("{} is with the finance system, which has not answered yet. Read its answer first.", one.reference));
            }
            Passage::Goes => {
                if let Some(number) = facts.invoice_number.as_ref() {
                    if numbers.is_none() {
                        numbers = Some(store::invoices(conn, passing.to)?);
                    }
                    if numbers.iter().flatten().any(|known| *known == number.to_lowercase()) {
                        own.taken.push(format!(
                            "The successor has an invoice {number} too, as {} would be. Pay or cancel one of them first.",
                            one.reference
                        ));
                    }
                }
                own.going.push(one);
            }
        }
    }
    Ok(all)
}

/// Gives the successor the payments that go along: what was authorised is asked for anew, since it was let go to another supplier number,
/// and what failed or came back is with its run no more, as if it had been released. What is still asked back of a provider that is there no more is asked
/// of its successor. No money moves.
///
/// # Errors
/// [`Refusal::Stale`] where a payment has moved on meanwhile.
pub fn pass_on(tx: &mut Tx<'_>, going: Vec<Payment>, awards: &[Id], passing: &Passing) -> Result<usize, Refusal> {
    let reason = format!("The agreement has passed to another provider from {} on.", passing.day);
    let ids: Vec<Id> = going.iter().map(|one| one.id).collect();
    store::hand_to(tx.conn(), &ids, passing.to)?;
    let to = passing.to;
    let received = |one: &Payment| Payment { provider_id: to, ..one.clone() };
    let after =
        payments::ask_all(tx, going.iter().map(|one| (one, one.facts.state)), (Some(reason.as_str()), &received), |next, state| {
            match state {
                PaymentState::Authorised => next.state = PaymentState::Scheduled,
                // What was sent to the one before is told of no more: a late word that it was paid after all is not about the successor.
                PaymentState::Failed | PaymentState::Returned => next.run_id = None,
                _ => {}
            }
        })?;
    if passing.has_ceased {
        let asked = store::pass_recoveries(tx.conn(), awards, (passing.from, passing.to))?;
        let told = |id: Id| Entry {
            record_kind: "recovery",
            record_id: id,
            before: json!({ "provider_id": passing.from }),
            after: json!({ "provider_id": passing.to }),
            reason: Some(reason.clone()),
        };
        audit::record_all(tx, asked.into_iter().map(told).collect())?;
    }
    Ok(after.len())
}
