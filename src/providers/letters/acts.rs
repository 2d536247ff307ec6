//! What the office does with letters.

use serde_json::Value;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::kernel::{Id, Page, PageRequest, Refusal};
use crate::providers;
use crate::providers::letters::rules::{self, LetterKind, ProviderLetter, ProviderLetterInput};
use crate::providers::letters::{RECORD_KIND, store};
use crate::store::{Conn, Tx};

/// The letter.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<ProviderLetter, Refusal> {
    let found = store::find(conn, id)?.filter(|letter| scope.holds(Some(letter.provider_id)));
    found.ok_or(Refusal::NotFound("letter"))
}

/// A page of the letters issued to a provider, the one recorded last first; of one kind, where that is wanted.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such provider for this caller.
pub fn list(
    conn: &mut Conn,
    scope: Scope,
    provider: Id,
    kind: Option<LetterKind>,
    page: &PageRequest,
) -> Result<Page<ProviderLetter>, Refusal> {
    providers::acts::get(conn, scope, provider)?;
    store::page(conn, provider, kind, page)
}

/// Logs that a letter was issued.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such provider for this caller; every fault of the input.
pub fn issue(tx: &mut Tx<'_>, scope: Scope, provider: Id, input: &ProviderLetterInput) -> Result<ProviderLetter, Refusal> {
    tx.touch(provider);
    let owner = providers::acts::get(tx.conn(), scope, provider)?;
    let (issued_on, reason) = rules::checked(input, tx.today())?;
    let number = store::count(tx.conn(), provider)? + 1;
    let new = ProviderLetter {
        id: tx.new_id(),
        provider_id: provider,
        reference: format!("{}-L{number}", owner.reference()),
        recorded_at: tx.recorded_at(),
        kind: input.kind,
        issued_on,
        reason,
        issued_by: tx.actor().id,
        issued_by_name: tx.actor().name.clone(),
    };
    store::insert(tx.conn(), &new)?;
    let after = serde_json::to_value(&new).map_err(Refusal::broken)?;
    audit::record(tx, Entry { record_kind: RECORD_KIND, record_id: new.id, before: Value::Null, after, reason: Some(new.reason.clone()) })?;
    Ok(new)
}
