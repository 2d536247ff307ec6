//! Reading many awards at once: as many questions are asked for a thousand of them as for one.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::read::{Award, ShownRow, standing};
use super::{children, names, successors};
use crate::kernel::{Id, Refusal};
use crate::store::Conn;
use crate::store::schema::{award, award_terms};
use crate::store::sql::Prepare;

/// How many awards are asked for at once, since a statement takes only so many parameters.
const AT_ONCE: usize = 1_000;

/// The awards among `ids` as they stand now, each with its profile, by id.
pub fn find_all(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Award>, Refusal> {
    let mut all = HashMap::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<ShownRow> = on!(conn, c => standing().filter(award::id.eq_any(some)).select(ShownRow::as_select()).load(c))?;
        let keys: Vec<(Id, i32)> = rows.iter().map(ShownRow::key).collect();
        let names = names::of_all(conn, rows.iter().map(|row| &row.terms))?;
        let mut lists = children::of_all(conn, &keys)?;
        let mut found: Vec<Award> = Vec::with_capacity(rows.len());
        for (row, own) in rows.into_iter().zip(names) {
            let (id, _) = row.key();
            let (children, profile) = lists.remove(&id).unwrap_or_default();
            let mut award = row.award(own, children);
            award.terms.profile = profile;
            found.push(award);
        }
        successors::net(conn, &mut found)?;
        all.extend(found.into_iter().map(|award| (award.id, award)));
    }
    Ok(all)
}

/// From when terms hold, by award; of each award the version of its terms that is named.
pub fn terms_from(conn: &mut Conn, keys: &[(Id, i32)]) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    let mut all = HashMap::new();
    for some in keys.chunks(AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|(award_id, _)| *award_id).collect();
        let rows: Vec<(Id, i32, NaiveDate)> = on!(conn, c => award_terms::table.filter(award_terms::award_id.eq_any(&ids))
            .select((award_terms::award_id, award_terms::terms_no, award_terms::effective_on)).prepared_for(some).load(c))?;
        let named: HashMap<Id, i32> = some.iter().copied().collect();
        let own = rows.into_iter().filter(|(award_id, terms_no, _)| named.get(award_id) == Some(terms_no));
        all.extend(own.map(|(award_id, _, from)| (award_id, from)));
    }
    Ok(all)
}

/// Which body is party to each of these agreements on a day: as the versions of their terms say it.
pub fn bodies_on(conn: &mut Conn, ids: &[Id], day: NaiveDate) -> Result<HashMap<Id, Id>, Refusal> {
    let mut all = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<(Id, NaiveDate, Option<Id>)> = on!(conn, c => award_terms::table.filter(award_terms::award_id.eq_any(some))
            .order((award_terms::award_id, award_terms::terms_no))
            .select((award_terms::award_id, award_terms::effective_on, award_terms::commissioning_body_id)).prepared_for(some).load(c))?;
        let mut told: HashMap<Id, Vec<(NaiveDate, Option<Id>)>> = HashMap::new();
        for (award_id, from, body) in rows {
            told.entry(award_id).or_default().push((from, body));
        }
        for (award_id, steps) in told {
            all.extend(super::novate::held_on(&steps, day).map(|body| (award_id, body)));
        }
    }
    Ok(all)
}
