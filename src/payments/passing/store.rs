//! Payments of many awards, and their next receiver.

use diesel::prelude::*;

use crate::kernel::{Id, Refusal};
use crate::payments::store::{self as payments, Payment};
use crate::store::Conn;
use crate::store::schema::{payment as identity, payment_version as version, recovery, recovery_version};

/// How many rows are written at once, since a statement takes only so many parameters.
const ROWS_AT_ONCE: usize = 500;

/// The payments of these awards to a provider.
pub(super) fn of(conn: &mut Conn, awards: &[Id], provider: Id) -> Result<Vec<Payment>, Refusal> {
    let mut all = Vec::new();
    for some in awards.chunks(ROWS_AT_ONCE) {
        all.extend(payments::of_provider(conn, some, provider)?);
    }
    Ok(all)
}

/// Has another provider receive these payments.
pub(super) fn hand_to(conn: &mut Conn, ids: &[Id], to: Id) -> Result<(), Refusal> {
    for some in ids.chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::update(identity::table.filter(identity::id.eq_any(some))).set(identity::provider_id.eq(to)).execute(c))?;
    }
    Ok(())
}

/// Which of these invoice numbers a provider has sent already, in small letters, unless they were cancelled.
pub(super) fn invoices(conn: &mut Conn, provider: Id) -> Result<Vec<String>, Refusal> {
    let rows: Vec<Option<String>> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::payment_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::provider_id.eq(provider)).filter(version::invoice_number.is_not_null())
        .filter(version::state.ne(crate::payments::PaymentState::Cancelled)).select(version::invoice_number).load(c))?;
    Ok(rows.into_iter().flatten().map(|number| number.to_lowercase()).collect())
}

/// Asks the successor for what is still asked back of these awards, and says of which.
pub(super) fn pass_recoveries(conn: &mut Conn, awards: &[Id], (from, to): (Id, Id)) -> Result<Vec<Id>, Refusal> {
    let mut all = Vec::new();
    for some in awards.chunks(ROWS_AT_ONCE) {
        let ids: Vec<Id> = on!(conn, c => recovery::table
            .inner_join(recovery_version::table.on(recovery_version::recovery_id.eq(recovery::id).and(recovery_version::version.eq(recovery::version))))
            .filter(recovery::award_id.eq_any(some)).filter(recovery::provider_id.eq(from))
            .filter(recovery_version::state.eq(crate::payments::recoveries::rules::RecoveryState::Requested)).select(recovery::id).load(c))?;
        if !ids.is_empty() {
            on!(conn, c => diesel::update(recovery::table.filter(recovery::id.eq_any(&ids))).set(recovery::provider_id.eq(to)).execute(c))?;
        }
        all.extend(ids);
    }
    Ok(all)
}
