//! The same request twice is done once: its key and answer are written in the transaction of the act.

use diesel::prelude::*;

use crate::http::reply::Kept;
use crate::kernel::{Moment, Refusal};
use crate::store::Tx;
use crate::store::schema::idempotency_key as table;

/// How long an answer is kept, in hours.
const KEPT_HOURS: i64 = 48;
/// About how many answers one transaction forgets.
const FORGOTTEN_AT_ONCE: i64 = 500;

/// A caller's key for one request.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Whose key it is.
    pub caller: String,
    /// The key.
    pub key: String,
    /// What the key stands for: a hash over caller, method, path, query, `If-Match`, media type and body.
    pub fingerprint: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    caller: String,
    key: String,
    fingerprint: String,
    status: i32,
    etag: Option<String>,
    location: Option<String>,
    body: String,
    recorded_at: Moment,
}

/// The answer that this request had before. `None` where it is new.
///
/// # Errors
/// [`Refusal::KeyReused`] where the key stands for another request.
pub fn answered(tx: &mut Tx<'_>, claim: &Claim) -> Result<Option<Kept>, Refusal> {
    let oldest = kept_since(tx);
    let found: Option<Row> = on!(tx.conn(), c => table::table
        .filter(table::caller.eq(&claim.caller).and(table::key.eq(&claim.key)))
        .select(Row::as_select()).first(c).optional())?;
    match found {
        Some(row) if row.recorded_at < oldest => {
            on!(tx.conn(), c => diesel::delete(table::table.filter(table::caller.eq(&claim.caller).and(table::key.eq(&claim.key)))).execute(c))?;
            Ok(None)
        }
        Some(row) if row.fingerprint != claim.fingerprint => Err(Refusal::KeyReused),
        Some(row) => {
            let status = u16::try_from(row.status).map_err(Refusal::broken)?;
            Ok(Some(Kept { status, etag: row.etag, location: row.location, body: row.body }))
        }
        None => Ok(None),
    }
}

/// Forgets a batch of answers that have been kept long enough, the oldest first, and says how many there were; none once all are gone.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn forget(tx: &mut Tx<'_>) -> Result<usize, Refusal> {
    let oldest = kept_since(tx);
    let batch: Vec<Moment> = on!(tx.conn(), c => table::table.filter(table::recorded_at.lt(oldest))
        .order(table::recorded_at).limit(FORGOTTEN_AT_ONCE).select(table::recorded_at).load(c))?;
    let Some(last) = batch.last() else { return Ok(0) };
    Ok(on!(tx.conn(), c => diesel::delete(table::table.filter(table::recorded_at.le(*last))).execute(c))?)
}

/// From when on answers are kept.
fn kept_since(tx: &Tx<'_>) -> Moment {
    tx.real_at().plus(-chrono::TimeDelta::hours(KEPT_HOURS))
}

/// Keeps the answer for a repeated request.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn keep(tx: &mut Tx<'_>, claim: &Claim, kept: &Kept) -> Result<(), Refusal> {
    let row = Row {
        caller: claim.caller.clone(),
        key: claim.key.clone(),
        fingerprint: claim.fingerprint.clone(),
        status: i32::from(kept.status),
        etag: kept.etag.clone(),
        location: kept.location.clone(),
        body: kept.body.clone(),
        recorded_at: tx.real_at(),
    };
    on!(tx.conn(), c => diesel::insert_into(table::table).values(&row).execute(c))?;
    Ok(())
}
