//! The limit at a moment.

use diesel::prelude::*;

use crate::kernel::{Moment, Quantity, Refusal};
use crate::publishing::rules::SMALL_BELOW;
use crate::store::Conn;
use crate::store::schema::publication_policy as policy;

/// Below which count people are too few, as was set by then, or now.
pub fn small_below(conn: &mut Conn, known_at: Option<Moment>) -> Result<Quantity, Refusal> {
    let found: Option<i32> = on!(conn, c => {
        let mut query = policy::table.into_boxed();
        if let Some(known_at) = known_at {
            query = query.filter(policy::recorded_at.le(known_at));
        }
        query.order(policy::version.desc()).select(policy::small_below).first(c).optional()
    })?;
    Ok(found.map_or(SMALL_BELOW, Quantity::whole))
}
