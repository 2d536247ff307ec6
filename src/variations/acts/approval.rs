//! The approval of changes of the value by somebody who did not write them.

use crate::access::Scope;
use crate::kernel::{Code, Id, Refusal};
use crate::store::{Conn, Tx};
use crate::variations::policy::acts as policy;
use crate::variations::rules::{self, VariationAct};
use crate::variations::store::{self, Variation};

use super::{change, load, step};

/// Who wrote a variation, each version of it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn authors(conn: &mut Conn, id: Id) -> Result<Vec<Id>, Refusal> {
    store::authors(conn, id)
}

/// Approves the change of the value of a draft, so that it can be issued. Whoever changes the draft afterwards takes the approval away.
///
/// # Errors
/// It is not a draft; [`Code::RuleBroken`] where it needs no approval; [`Code::SamePerson`] for whoever wrote any of it.
pub fn approve(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Variation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let state = step(tx, &one, VariationAct::Approve)?;
    let policy = policy::get(tx.conn())?.policy;
    if !rules::needs_approval(one.input.change_pence(), &policy) {
        return Err(Refusal::rule(Code::RuleBroken, "This variation needs no approval. It can be issued."));
    }
    let (actor, name, today) = (tx.actor().id, tx.actor().name.clone(), tx.today());
    rules::check_approver(&store::authors(tx.conn(), id)?, actor)?;
    change(tx, &one, |next| {
        next.state = state;
        (next.approved_by_id, next.approved_by, next.approved_on) = (actor, Some(name), Some(today));
    })
}
