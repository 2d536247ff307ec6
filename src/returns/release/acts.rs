//! Releasing texts of a return.

use std::collections::HashMap;

use serde_json::json;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::kernel::{Id, Refusal};
use crate::returns::acts;
use crate::returns::release::rules::{self, ReleaseInput};
use crate::returns::release::store;
use crate::store::{Conn, Tx};

pub use store::Release;

/// What of a return may leave the office, and whether that can be changed.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such return for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<(Release, bool), Refusal> {
    let one = acts::find(conn, scope, id)?;
    Ok((store::latest(conn, id, one.content_no)?, rules::check_releasable(one.state).is_ok()))
}

/// The texts that were released last of each of these returns.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn latest_of(conn: &mut Conn, returns: &[Id]) -> Result<HashMap<Id, Vec<String>>, Refusal> {
    store::latest_of(conn, returns)
}

/// Says which texts of an accepted return may leave the office, in place of what was said before.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; it is not accepted; a text that there is not.
pub fn set(tx: &mut Tx<'_>, id: Id, version: i32, input: &ReleaseInput) -> Result<(Release, bool), Refusal> {
    let one = acts::find(tx.conn(), Scope::Office, id)?;
    rules::check_releasable(one.state)?;
    let before = store::latest(tx.conn(), id, one.content_no)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let content = acts::content(tx.conn(), &one)?;
    rules::check(input, &content).into_result()?;
    let after = Release {
        version: before.version + 1,
        recorded_at: Some(tx.recorded_at()),
        released_by: Some(tx.actor().name.clone()),
        texts: input.texts.clone(),
    };
    let (recorded_at, today) = (tx.recorded_at(), tx.today());
    store::add(tx.conn(), (id, one.content_no), &after, (recorded_at, today))?;
    let shown = |release: &Release| json!({ "released_texts": release.texts });
    audit::record(tx, Entry { record_kind: "return", record_id: id, before: shown(&before), after: shown(&after), reason: None })?;
    Ok((after, true))
}
