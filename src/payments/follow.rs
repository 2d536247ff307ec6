//! What payments do when something happens to an award or a return, in the same transaction.

use crate::kernel::{Event, Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::payments::acts::books;
use crate::payments::rules::{PaymentKind, PaymentState, check_kept};
use crate::payments::schedule::acts as schedule;
use crate::payments::store;
use crate::store::{Conn, Tx};

/// Follows awards and returns: an award that changes has what is still to be paid cut again, one that is settled keeps what is on its way, and a
/// return that is accepted says what is paid in arrears.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] where more is on its way than would stay committed.
pub fn follow(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    match event {
        Event::AwardTermsChanged { award_id } | Event::AwardEnded { award_id } => schedule::recut(tx, award_id),
        Event::AwardClosing { award_id, kept, .. } => {
            let paid: Pence = ledger::balances(tx.conn(), AccountKind::Paid, award_id)?.into_iter().map(|(_, held)| held).sum();
            let on_its_way = books(tx.conn(), award_id)?.reserved_pence() + owed(tx.conn(), award_id)?;
            check_kept(kept - paid, on_its_way)
        }
        Event::ReturnAccepted { award_id } => schedule::settle(tx, award_id),
        Event::AwardWentLive { .. } | Event::ProviderNamed { .. } | Event::FunderClaimCertified { .. } | Event::HistoryClosed { .. } => {
            Ok(())
        }
    }
}

/// What an award still owes though nothing is reserved for it: invoices that came, and what the finance system could not pay or the bank sent back.
fn owed(conn: &mut Conn, award_id: Id) -> Result<Pence, Refusal> {
    let is_owed = |one: &&store::Payment| match one.facts.state {
        PaymentState::Failed | PaymentState::Returned => true,
        state => one.facts.kind == PaymentKind::Invoice && state.is_open(),
    };
    Ok(store::of_award(conn, award_id)?.iter().filter(is_owed).map(|one| one.facts.amount_pence).sum())
}
