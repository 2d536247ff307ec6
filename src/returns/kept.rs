//! What a closed award kept for what was spent of it. What it released may be promised to others by now, so nothing beyond what it kept is
//! accepted as spent afterwards.

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::awards::rules::AwardState;
use crate::kernel::{Id, Pence, Refusal};
use crate::returns::acts;
use crate::returns::rules;
use crate::store::Conn;

/// More awards that are parts of one another than there are in a row.
const DEPTH_MAX: usize = 20;

/// A closed award, before something more is accepted of it.
#[derive(Debug, Clone)]
pub(super) struct ClosedAward {
    id: Id,
    reference: String,
    agreed: Pence,
    kept: Pence,
    accepted: Pence,
}

/// Those awards that are closed and pay what this one spends: itself, and the awards that it is a part of. None as long as none is closed.
pub(super) fn closed(conn: &mut Conn, award_id: Id) -> Result<Vec<ClosedAward>, Refusal> {
    let mut found = Vec::new();
    let mut next = Some(award_id);
    for _ in 0..DEPTH_MAX {
        let Some(id) = next else { break };
        let award = awards::get(conn, Scope::Office, id)?;
        next = award.terms.component_of;
        let Some(agreed) = award.moves_money().filter(|_| award.state() == AwardState::Closed) else { continue };
        let (kept, accepted) = (awards::kept(conn, id)?, acts::spent(conn, id)?.accepted);
        found.push(ClosedAward { id, reference: award.reference, agreed, kept, accepted });
    }
    Ok(found)
}

/// Whether closed awards still keep what is accepted as spent of them, now that something more is.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] with the amounts, where more is accepted than before and more than is kept.
pub(super) fn check(conn: &mut Conn, closed: &[ClosedAward]) -> Result<(), Refusal> {
    for one in closed {
        let accepted = acts::spent(conn, one.id)?.accepted;
        if accepted > one.accepted {
            rules::check_kept(&one.reference, accepted, one.agreed, one.kept)?;
        }
    }
    Ok(())
}
