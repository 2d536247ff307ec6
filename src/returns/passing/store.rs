//! The returns of many awards.

use crate::kernel::{Id, Refusal};
use crate::returns::store::{self as returns, Return};
use crate::store::Conn;

/// The returns of these awards that a provider writes, in pieces, since a statement takes only so many parameters.
pub(super) fn of(conn: &mut Conn, awards: &[Id], provider: Id) -> Result<Vec<Return>, Refusal> {
    let mut all = Vec::new();
    for some in awards.chunks(1_000) {
        all.extend(returns::of_provider(conn, some, provider)?);
    }
    Ok(all)
}
