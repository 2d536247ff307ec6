//! When what is published of awards and providers changed the last time: a version that differs in nothing published does not count.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::awards::rules::{AwardKind, LegalPower};
use crate::kernel::{Id, Moment, Pence, Refusal, TextList};
use crate::publishing::open_data::rules::changed::last_changes;
use crate::publishing::open_data::rules::entry::PUBLISHED;
use crate::store::Conn;
use crate::store::schema::{
    award_area as place, award_condition as condition, award_terms as terms, award_version as standing, provider_version as version,
};

/// What is published of a version of an award.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
struct Published {
    decided_on: Option<NaiveDate>,
    offered_on: Option<NaiveDate>,
    accepted_on: Option<NaiveDate>,
    kind: AwardKind,
    legal_power: Option<LegalPower>,
    title: String,
    purpose: Option<String>,
    amount_pence: Option<Pence>,
    forward_pence: Pence,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    fund_period_id: Id,
    provider_id: Option<Id>,
    component_of: Option<Id>,
    not_evidenced: TextList,
}

type Numbered<T> = HashMap<(Id, i32), Vec<T>>;

fn numbered<T>(rows: Vec<((Id, i32), T)>) -> Numbered<T> {
    let mut all = Numbered::new();
    for (key, one) in rows {
        all.entry(key).or_default().push(one);
    }
    all
}

/// When what is published of each award changed the last time, the award becoming public included.
pub fn awards(conn: &mut Conn) -> Result<HashMap<Id, Moment>, Refusal> {
    let rows: Vec<(Id, Moment, i32, i32, Published)> = on!(conn, c => standing::table
        .inner_join(terms::table.on(terms::award_id.eq(standing::award_id).and(terms::terms_no.eq(standing::terms_no))))
        .filter(standing::state.eq_any(PUBLISHED))
        .filter(standing::illustrative.eq(false))
        .order((standing::award_id, standing::version))
        .select((
            standing::award_id, standing::recorded_at, standing::terms_no, standing::conditions_no,
            (
                standing::decided_on, standing::offered_on, standing::accepted_on, terms::kind, terms::legal_power, terms::title,
                terms::purpose, terms::amount_pence, terms::forward_pence, terms::starts_on, terms::ends_on, terms::fund_period_id,
                terms::provider_id, terms::component_of, standing::not_evidenced,
            ),
        ))
        .load(c))?;
    let conditions: Vec<((Id, i32), (String, Option<NaiveDate>))> = on!(conn, c => condition::table
        .order((condition::award_id, condition::conditions_no, condition::position))
        .select(((condition::award_id, condition::conditions_no), (condition::text, condition::due_on))).load(c))?;
    let areas: Vec<((Id, i32), Id)> = on!(conn, c => place::table.order((place::award_id, place::terms_no, place::area_id))
        .select(((place::award_id, place::terms_no), place::area_id)).load(c))?;
    let (conditions, areas) = (numbered(conditions), numbered(areas));
    let turn = |(id, at, terms_no, conditions_no, published): (Id, Moment, i32, i32, Published)| {
        (id, at, (published, conditions.get(&(id, conditions_no)), areas.get(&(id, terms_no))))
    };
    Ok(last_changes(rows.into_iter().map(turn)))
}

/// A version of a provider: the provider, when it became known, name, charity number, company number, area where it is at home.
type Told = (Id, Moment, String, Option<String>, Option<String>, Option<Id>);

/// The same of each of these providers.
pub fn providers(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Moment>, Refusal> {
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in ids.chunks(5_000) {
        let rows: Vec<Told> = on!(conn, c => version::table
            .filter(version::provider_id.eq_any(some)).filter(version::illustrative.eq(false))
            .order((version::provider_id, version::version))
            .select((version::provider_id, version::recorded_at, version::name, version::charity_number, version::company_number, version::home_area_id))
            .load(c))?;
        all.extend(last_changes(rows.into_iter().map(|(id, at, name, charity, company, home)| (id, at, (name, charity, company, home)))));
    }
    Ok(all)
}
