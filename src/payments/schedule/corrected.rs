//! What a correction of an accepted return does to what is paid in arrears.

use std::cmp::Reverse;

use crate::access::Scope;
use crate::awards::rules::AwardState;
use crate::kernel::{Id, Pence, Refusal};
use crate::payments::Payment;
use crate::payments::acts as payments;
use crate::payments::holding::acts as holding;
use crate::payments::recoveries::rules::RecoveryState;
use crate::payments::recoveries::store as recoveries;
use crate::payments::rules::PaymentState;
use crate::payments::schedule::acts;
use crate::payments::schedule::rules::{self, PaymentBasis};
use crate::payments::schedule::store;
use crate::payments::store as records;
use crate::store::Tx;

/// Gives instalments in arrears that are known, and that nobody has let go yet, what is accepted as spent by now, the latest first. What was let go stays as
/// it is: the next instalment makes up for it. Nothing where something is asked back or came back by a recovery, where some of it is owed to a provider that was
/// party before, or where a return is open again: the office sees to that itself.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn follow(tx: &mut Tx<'_>, award_id: Id) -> Result<(), Refusal> {
    let plan = store::latest(tx.conn(), award_id)?.map(|one| one.plan);
    if plan.is_none_or(|plan| plan.basis != PaymentBasis::Arrears) {
        return Ok(());
    }
    let standing = acts::get(tx.conn(), Scope::Office, award_id)?;
    let is_asked_back = recoveries::of_award(tx.conn(), award_id)?.iter().any(|one| one.facts.state != RecoveryState::Withdrawn);
    let owed = holding::owed(tx.conn(), &[award_id])?.remove(&award_id).unwrap_or_default();
    let Some((settled_to, spent)) = rules::settled_to(&owed) else { return Ok(()) };
    let all = records::of_award(tx.conn(), award_id)?;
    let is_estimate = |one: &&Payment| one.facts.state.is_open() && one.facts.is_estimate;
    let known: Vec<&Payment> = all.iter().filter(|one| !is_estimate(one) && one.facts.state != PaymentState::Cancelled).collect();
    let is_beyond = known.iter().any(|one| one.facts.ends_on.is_none_or(|last| last > settled_to));
    let is_anothers = known.iter().any(|one| one.facts.state.is_open() && acts::is_anothers(&standing.award, one));
    if is_beyond || is_asked_back || is_anothers || standing.award.standing.state == AwardState::Closed {
        return Ok(());
    }
    let given: Pence = known.iter().map(|one| one.facts.amount_pence).sum();
    let more = (spent - given).min(standing.committed + standing.paid - given);
    let mut open: Vec<&Payment> = known.into_iter().filter(|one| one.facts.state.is_open()).collect();
    open.sort_by_key(|one| Reverse(one.facts.ends_on));
    let amounts: Vec<Pence> = open.iter().map(|one| one.facts.amount_pence).collect();
    let note = format!("{spent} is accepted as spent by {settled_to}, corrections included.");
    for (one, amount) in open.into_iter().zip(rules::corrected(&amounts, more)) {
        if amount == one.facts.amount_pence {
            continue;
        }
        if amount.is_positive() {
            payments::ask(tx, one, None, |next| (next.amount_pence, next.met_note) = (amount, Some(note.clone())))?;
        } else {
            payments::change(tx, one, Some("Nothing more was spent by its end."), |next| next.state = PaymentState::Cancelled)?;
        }
    }
    Ok(())
}
