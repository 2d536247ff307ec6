//! What the office does with due-diligence checks.

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::kernel::{Id, Page, PageRequest, Provenance, Refusal};
use crate::providers;
use crate::providers::checks::rules::{self, CheckKind, ProviderCheck, ProviderCheckInput};
use crate::providers::checks::{RECORD_KIND, counting, store};
use crate::store::{Conn, Tx};

/// A check, and whether it is the one of its kind that counts.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// The check.
    pub check: ProviderCheck,
    /// Whether no newer one has taken its place.
    pub counts: bool,
}

fn counting_of(conn: &mut Conn, provider: Id) -> Result<Vec<ProviderCheck>, Refusal> {
    Ok(counting(conn, &[provider])?.remove(&provider).unwrap_or_default())
}

/// The check.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<Weighed, Refusal> {
    let found = store::find(conn, id)?.filter(|check| scope.holds(Some(check.provider_id)));
    let check = found.ok_or(Refusal::NotFound("check"))?;
    let counts = counting_of(conn, check.provider_id)?.iter().any(|one| one.id == check.id);
    Ok(Weighed { check, counts })
}

/// A page of a provider's checks, the one recorded last first; of one kind, or those that count, where that is wanted.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such provider for this caller.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    provider: Id,
    (kind, counting_only): (Option<CheckKind>, bool),
    page: &PageRequest,
) -> Result<Page<Weighed>, Refusal> {
    providers::acts::get(conn, scope, provider)?;
    let counting: Vec<Id> = counting_of(conn, provider)?.into_iter().map(|check| check.id).collect();
    let page = store::page(conn, provider, kind, counting_only.then_some(counting.as_slice()), page)?;
    Ok(page.map(|check| Weighed { counts: counting.contains(&check.id), check }))
}

/// Records a check. It takes the place of the one of its kind before, unless that is of a later day.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such provider for this caller; every fault of the input;
/// [`crate::kernel::Code::RuleBroken`] for a supplier number that is not there.
pub fn record(tx: &mut Tx<'_>, scope: Scope, provider: Id, input: &ProviderCheckInput) -> Result<Weighed, Refusal> {
    record_as(tx, scope, provider, input, &Provenance::default())
}

/// Records a check with what an import says of it.
///
/// # Errors
/// As [`record`].
pub fn record_as(tx: &mut Tx<'_>, scope: Scope, provider: Id, input: &ProviderCheckInput, from: &Provenance) -> Result<Weighed, Refusal> {
    tx.touch(provider);
    let owner = providers::acts::get(tx.conn(), scope, provider)?;
    let today = tx.today();
    let input = rules::checked(input, today)?;
    let supplier_number = rules::number_confirmed(&input, owner.facts.supplier_number.as_deref())?;
    let before = counting_of(tx.conn(), provider)?.into_iter().find(|one| one.kind == input.kind);
    let number = store::count(tx.conn(), provider)? + 1;
    let new = ProviderCheck {
        id: tx.new_id(),
        provider_id: provider,
        reference: format!("{}-C{number}", owner.reference()),
        recorded_at: tx.recorded_at(),
        kind: input.kind,
        outcome: input.outcome,
        checked_on: input.checked_on.unwrap_or(today),
        expires_on: input.expires_on,
        supplier_number,
        is_outdated: false,
        evidence: input.evidence.or_else(|| from.evidence.clone()),
        remark: input.remark,
        recorded_by: tx.actor().id,
        recorded_by_name: tx.actor().name.clone(),
        illustrative: from.illustrative,
        not_evidenced: from.not_evidenced.clone(),
    };
    store::insert(tx.conn(), &new)?;
    log(tx, before.as_ref(), &new)?;
    let counts = counting_of(tx.conn(), provider)?.iter().any(|one| one.id == new.id);
    Ok(Weighed { check: new, counts })
}

fn log(tx: &mut Tx<'_>, before: Option<&ProviderCheck>, after: &ProviderCheck) -> Result<(), Refusal> {
    let json = |one: &ProviderCheck| serde_json::to_value(one).map_err(Refusal::broken);
    let before = before.map(json).transpose()?.unwrap_or_default();
    let entry = Entry { record_kind: RECORD_KIND, record_id: after.id, before, after: json(after)?, reason: after.remark.clone() };
    audit::record(tx, entry)?;
    Ok(())
}
