//! To what a return's award belongs.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{award_terms as terms, award_version as version};

/// What of an award a report of its spend shows.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Belonging {
    pub terms_no: i32,
    pub period_id: Id,
    pub programme_id: Option<Id>,
    pub tranche_id: Option<Id>,
    pub provider_id: Option<Id>,
    pub theme: Option<String>,
    pub category: Option<String>,
}

/// Where the awards belong, by the latest version that was known and had taken effect; where none had yet, as they were first known.
pub fn belongings(conn: &mut Conn, awards: &[Id], at: At) -> Result<HashMap<Id, Belonging>, Refusal> {
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in awards.chunks(5_000) {
        let rows: Vec<(Id, NaiveDate, Belonging)> = on!(conn, c => version::table
            .inner_join(terms::table.on(terms::award_id.eq(version::award_id).and(terms::terms_no.eq(version::terms_no))))
            .filter(version::award_id.eq_any(some).and(version::recorded_at.le(at.known_at)))
            .order((version::award_id, version::version))
            .select((version::award_id, version::effective_on, (version::terms_no, terms::fund_period_id, terms::programme_id,
                terms::tranche_id, terms::provider_id, terms::theme, terms::category))).load(c))?;
        // The later of two versions comes later.
        for (award, effective_on, own) in rows {
            if effective_on <= at.as_at || !all.contains_key(&award) {
                all.insert(award, own);
            }
        }
    }
    Ok(all)
}
