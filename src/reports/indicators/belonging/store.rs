//! To what awards belong, and where indicators stand in frameworks.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Refusal};
use crate::reports::asked::At;
use crate::reports::indicators::belonging::Place;
use crate::store::Conn;
use crate::store::schema::{award_terms as terms, award_version, fund_period, indicator_framework_code as code};

/// To what an award belongs.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Owner {
    /// Who delivers it.
    pub provider_id: Option<Id>,
    /// The fund that pays it.
    pub fund_id: Id,
    /// The programme.
    pub programme_id: Option<Id>,
    /// The theme.
    pub theme: Option<String>,
}

/// To what each award belongs, by the latest version that was known and had taken effect; where none had yet, as it was first known.
pub fn owners(conn: &mut Conn, at: At) -> Result<HashMap<Id, Owner>, Refusal> {
    let rows: Vec<(Id, NaiveDate, Owner)> = on!(conn, c => award_version::table
        .inner_join(terms::table.on(terms::award_id.eq(award_version::award_id).and(terms::terms_no.eq(award_version::terms_no))))
        .inner_join(fund_period::table.on(fund_period::id.eq(terms::fund_period_id)))
        .filter(award_version::recorded_at.le(at.known_at)).order((award_version::award_id, award_version::version))
        .select((award_version::award_id, award_version::effective_on, (terms::provider_id, fund_period::fund_id, terms::programme_id, terms::theme))).load(c))?;
    let mut all = HashMap::new();
    // The later of two versions comes later.
    for (award, effective_on, owner) in rows {
        if effective_on <= at.as_at || !all.contains_key(&award) {
            all.insert(award, owner);
        }
    }
    Ok(all)
}

/// The places of each version of an indicator in frameworks of outcomes.
pub fn places(conn: &mut Conn) -> Result<HashMap<(Id, i32), Vec<Place>>, Refusal> {
    let rows: Vec<(Id, i32, String, String)> = on!(conn, c => code::table.order((code::indicator_id, code::version, code::framework, code::code))
        .select((code::indicator_id, code::version, code::framework, code::code)).load(c))?;
    let mut all: HashMap<(Id, i32), Vec<Place>> = HashMap::new();
    for (indicator, version, framework, code) in rows {
        all.entry((indicator, version)).or_default().push((framework, code));
    }
    Ok(all)
}
