//! What payments do when something happens to an award or a return, in the same transaction.

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::awards::rules::AwardState;
use crate::kernel::{Event, Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::payments::acts::{self as payments, books};
use crate::payments::rules::{PaymentKind, PaymentState, check_kept};
use crate::payments::schedule::acts as schedule;
use crate::payments::schedule::corrected;
use crate::payments::store;
use crate::store::{Conn, Tx};

/// Follows awards and returns: an award that changes has what is still to be paid cut again, one that is terminated has it held, one that is settled keeps what is on its way, and a
/// return that is accepted says what is paid in arrears.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] where more is on its way than would stay committed.
pub fn follow(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    match event {
        Event::AwardTermsChanged { award_id } => schedule::recut(tx, award_id),
        Event::AwardEnded { award_id } => {
            schedule::recut(tx, award_id)?;
            terminated(tx, award_id)
        }
        Event::AwardClosing { award_id, kept, .. } => {
            let paid: Pence = ledger::balances(tx.conn(), AccountKind::Paid, award_id)?.into_iter().map(|(_, held)| held).sum();
            let on_its_way = books(tx.conn(), award_id)?.reserved_pence() + owed(tx.conn(), award_id)?;
            check_kept(kept - paid, on_its_way)
        }
        Event::ReturnAccepted { award_id } => {
            schedule::settle(tx, award_id)?;
            corrected::follow(tx, award_id)
        }
        Event::MoneyPromised { .. }
        | Event::AwardWentLive { .. }
        | Event::ProviderNamed { .. }
        | Event::FunderClaimCertified { .. }
        | Event::HistoryClosed { .. } => Ok(()),
    }
}

/// Stops the payments of an award that was ended before its time: what is for later days is cancelled, and the rest is held, so that somebody looks at
/// each and releases what is still owed.
fn terminated(tx: &mut Tx<'_>, award_id: Id) -> Result<(), Refusal> {
    let award = awards::get(tx.conn(), Scope::Office, award_id)?;
    let Some(on) = award.standing.ended_on.filter(|_| award.standing.state == AwardState::Terminated) else { return Ok(()) };
    for one in store::of_award(tx.conn(), award_id)? {
        let is_later = one.facts.starts_on.is_some_and(|first| first > on);
        match one.facts.state {
            PaymentState::Scheduled | PaymentState::Held | PaymentState::Authorised if is_later => {
                let why = format!("The award was terminated on {on}, before the days that this is for.");
                payments::change(tx, &one, Some(&why), |next| next.state = PaymentState::Cancelled)?;
            }
            PaymentState::Scheduled | PaymentState::Authorised => {
                let why = format!("The award was terminated on {on}. Release this where it is still owed, or cancel it.");
                payments::change(tx, &one, Some(&why), |next| (next.state, next.hold_reason) = (PaymentState::Held, Some(why.clone())))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What an award still owes though nothing is reserved for it: invoices that came, what the finance system could not pay or the bank sent back, what
/// somebody holds by hand, and what was accepted as spent in arrears.
fn owed(conn: &mut Conn, award_id: Id) -> Result<Pence, Refusal> {
    let is_owed = |one: &&store::Payment| match one.facts.state {
        PaymentState::Failed | PaymentState::Returned => true,
        PaymentState::Held => true,
        state => {
            let is_known = one.facts.kind == PaymentKind::Invoice || (one.facts.met_on.is_some() && !one.facts.is_estimate);
            is_known && state.is_open()
        }
    };
    Ok(store::of_award(conn, award_id)?.iter().filter(is_owed).map(|one| one.facts.amount_pence).sum())
}
