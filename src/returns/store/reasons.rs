//! Why the office changed a return: opened it again, or gave more time. The words stand here and not in the log, so that personal data can be
//! taken out of them.

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::quarterly_return_version as version;

/// Why a version of a return differs from the one before.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Reason {
    /// The version.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// The reason.
    pub reason: String,
}

/// Keeps the reason of a version that was written.
pub fn give(conn: &mut Conn, return_id: Id, version_no: i32, reason: &str) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(version::table.find((return_id, version_no))).set(version::reason.eq(reason)).execute(c))?;
    Ok(())
}

/// The reasons of all versions of a return, in their order.
pub fn of_return(conn: &mut Conn, return_id: Id) -> Result<Vec<Reason>, Refusal> {
    Ok(on!(conn, c => version::table.filter(version::return_id.eq(return_id).and(version::reason.is_not_null())).order(version::version)
        .select((version::version, version::recorded_at, version::reason.assume_not_null())).load(c))?)
}
