//! Frozen figures in the database.

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::funder_claim_figures as table;

pub(super) fn insert(conn: &mut Conn, claim_id: Id, recorded_at: Moment, figures: &str, sha256: &str) -> Result<(), Refusal> {
    let values =
        (table::funder_claim_id.eq(claim_id), table::recorded_at.eq(recorded_at), table::figures.eq(figures), table::sha256.eq(sha256));
    on!(conn, c => diesel::insert_into(table::table).values(values).execute(c))?;
    Ok(())
}
