//! What the office does with claims of savings.

use crate::audit::{self, Entry};
use crate::kernel::{Id, Page, PageRequest, Refusal};
use crate::providers::programmes;
use crate::providers::programmes::savings::rules::{self, SavingsClaim, SavingsClaimInput};
use crate::providers::programmes::savings::store;
use crate::store::{Conn, Tx};

/// The claim as it is now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn get(conn: &mut Conn, id: Id) -> Result<SavingsClaim, Refusal> {
    store::find(conn, id)?.ok_or(Refusal::NotFound("savings claim"))
}

/// A page of what a programme is said to save.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such programme.
pub fn list(conn: &mut Conn, programme: Id, page: &PageRequest) -> Result<Page<SavingsClaim>, Refusal> {
    programmes::acts::get(conn, programme)?;
    store::page(conn, programme, page)
}

/// Keeps what a programme is said to save.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such programme; every fault of the input.
pub fn create(tx: &mut Tx<'_>, programme: Id, input: &SavingsClaimInput) -> Result<SavingsClaim, Refusal> {
    programmes::acts::get(tx.conn(), programme)?;
    let new = SavingsClaim {
        id: tx.new_id(),
        reference: format!("SAV-{:04}", store::count(tx.conn())? + 1),
        version: 1,
        recorded_at: tx.recorded_at(),
        programme_id: programme,
        facts: rules::checked(input)?,
    };
    store::insert(tx.conn(), &new)?;
    log(tx, None, &new)?;
    Ok(new)
}

/// Changes a claim: its method becomes known, or a later paper says otherwise.
///
/// # Errors
/// [`Refusal::Stale`] where `version` is not the current one; every fault of the input.
pub fn change(tx: &mut Tx<'_>, id: Id, version: i32, input: &SavingsClaimInput) -> Result<SavingsClaim, Refusal> {
    let before = get(tx.conn(), id)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let facts = rules::checked(input)?;
    let next = SavingsClaim { version: before.version + 1, recorded_at: tx.recorded_at(), facts, ..before.clone() };
    store::advance(tx.conn(), &next)?;
    log(tx, Some(&before), &next)?;
    Ok(next)
}

fn log(tx: &mut Tx<'_>, before: Option<&SavingsClaim>, after: &SavingsClaim) -> Result<(), Refusal> {
    let json = |one: &SavingsClaim| serde_json::to_value(one).map_err(Refusal::broken);
    let before = before.map(json).transpose()?.unwrap_or_default();
    let entry = Entry { record_kind: "savings_claim", record_id: after.id, before, after: json(after)?, reason: None };
    audit::record(tx, entry)?;
    Ok(())
}
