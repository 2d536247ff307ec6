//! To which fund and programme a return's award belongs.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::kernel::{Id, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{award_terms as terms, award_version as version};

/// What of an award a report of its spend shows: fund period and programme.
pub type Belonging = (Id, Option<Id>);

/// Where the awards belong, by their latest version known.
pub fn belongings(conn: &mut Conn, awards: &[Id], at: At) -> Result<HashMap<Id, Belonging>, Refusal> {
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in awards.chunks(5_000) {
        let rows: Vec<(Id, Id, Option<Id>)> = on!(conn, c => version::table
            .inner_join(terms::table.on(terms::award_id.eq(version::award_id).and(terms::terms_no.eq(version::terms_no))))
            .filter(version::award_id.eq_any(some).and(version::recorded_at.le(at.known_at)).and(version::effective_on.le(at.as_at)))
            .order((version::award_id, version::version))
            .select((version::award_id, terms::fund_period_id, terms::programme_id)).load(c))?;
        // The later of two versions comes later.
        all.extend(rows.into_iter().map(|(award, period, programme)| (award, (period, programme))));
    }
    Ok(all)
}
