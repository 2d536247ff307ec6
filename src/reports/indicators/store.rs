//! Indicators and their targets as at a day and known at a moment.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::awards::indicators::rules::{AddsOverTime, AsksFor, IndicatorDirection};
use crate::kernel::{FigureStatus, Id, Named, Quantity, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{
    award, award_terms as terms, award_version, indicator_award, indicator_group as group, indicator_target as target,
    indicator_version as version,
};

/// The unit of percentages.
const PERCENT: &str = "percent";

/// An indicator in the version that holds.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct IndicatorRow {
    pub id: Id,
    pub version: i32,
    pub name: String,
    pub kind: String,
    pub unit: String,
    pub direction: String,
    pub basis: Option<String>,
    pub over_time: String,
    pub over_areas: String,
    pub over_groups: Option<String>,
    pub programme_id: Option<Id>,
    pub fund_id: Option<Id>,
    pub subset_of_id: Option<Id>,
    pub asks_for: Option<String>,
    pub is_social_value: bool,
}

impl IndicatorRow {
    /// Which days its numbers are for: as it says, or as follows from how its values become one.
    pub fn asks_for(&self) -> AsksFor {
        let said = self.asks_for.as_deref().and_then(|text| text.parse().ok());
        let grows = self.unit != PERCENT && self.direction != IndicatorDirection::Lower.word();
        let over_time = self.over_time.parse().unwrap_or(AddsOverTime::None);
        said.unwrap_or_else(|| AsksFor::following(over_time, grows))
    }

    /// Whether each of its numbers holds those before it: of the year, or all of them.
    pub fn is_cumulative(&self) -> bool {
        matches!(self.asks_for(), AsksFor::YearToDate | AsksFor::FromBeginning)
    }

    /// Whether its values are percentages.
    pub fn is_percentage(&self) -> bool {
        self.unit == PERCENT
    }
}

/// A target of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct TargetRow {
    pub indicator_id: Id,
    pub version: i32,
    pub area_id: Option<Id>,
    pub period: String,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub target: Quantity,
    pub status: FigureStatus,
    pub qualifier: Option<String>,
}

/// The indicators that were known, in the latest version that had taken effect; one that has not yet is shown as it was first known.
pub fn indicators(conn: &mut Conn, at: At) -> Result<Vec<IndicatorRow>, Refusal> {
    let rows: Vec<(NaiveDate, IndicatorRow)> = on!(conn, c => version::table.filter(version::recorded_at.le(at.known_at))
        .order((version::indicator_id, version::version))
        .select((version::effective_on, (version::indicator_id, version::version, version::name, version::kind, version::unit,
            version::direction, version::basis, version::adds_over_time, version::adds_over_areas,
            version::adds_over_groups, version::programme_id, version::fund_id, version::subset_of_id, version::asks_for,
            version::is_social_value))).load(c))?;
    let mut latest: HashMap<Id, IndicatorRow> = HashMap::new();
    for (effective_on, row) in rows {
        if effective_on <= at.as_at || !latest.contains_key(&row.id) {
            latest.insert(row.id, row);
        }
    }
    let mut all: Vec<IndicatorRow> = latest.into_values().collect();
    all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(all)
}

/// What indicators count, from which day on, in the order of those days.
pub type Bases = HashMap<Id, Vec<(NaiveDate, Option<Arc<str>>)>>;

/// What each indicator counted over time, as it was known.
pub fn bases(conn: &mut Conn, at: At) -> Result<Bases, Refusal> {
    let rows: Vec<(Id, NaiveDate, Option<String>)> = on!(conn, c => version::table.filter(version::recorded_at.le(at.known_at))
        .order((version::indicator_id, version::version))
        .select((version::indicator_id, version::effective_on, version::basis)).load(c))?;
    let mut all: Bases = HashMap::new();
    for (indicator, from, basis) in rows {
        all.entry(indicator).or_default().push((from, basis.map(Arc::from)));
    }
    Ok(all)
}

pub fn targets(conn: &mut Conn) -> Result<Vec<TargetRow>, Refusal> {
    Ok(on!(conn, c => target::table.order((target::indicator_id, target::version, target::position))
        .select((target::indicator_id, target::version, target::area_id, target::period, target::starts_on, target::ends_on,
            target::target_thousandths, target::figure_status, target::qualifier)).load(c))?)
}

/// The awards that each version of an indicator names.
pub fn awards_named(conn: &mut Conn) -> Result<HashMap<(Id, i32), Vec<Id>>, Refusal> {
    let rows: Vec<(Id, i32, Id)> = on!(conn, c => indicator_award::table
        .select((indicator_award::indicator_id, indicator_award::version, indicator_award::award_id)).load(c))?;
    let mut all: HashMap<(Id, i32), Vec<Id>> = HashMap::new();
    for (indicator, version, award) in rows {
        all.entry((indicator, version)).or_default().push(award);
    }
    Ok(all)
}

/// The groups of indicators, by version, in their order.
pub type Groups = HashMap<(Id, i32), Vec<Arc<str>>>;

/// The groups of each version of an indicator.
pub fn groups(conn: &mut Conn) -> Result<Groups, Refusal> {
    let rows: Vec<(Id, i32, String)> = on!(conn, c => group::table.order((group::indicator_id, group::version, group::position))
        .select((group::indicator_id, group::version, group::name)).load(c))?;
    let mut all: Groups = HashMap::new();
    for (id, version, name) in rows {
        all.entry((id, version)).or_default().push(Arc::from(name));
    }
    Ok(all)
}

/// Awards by id, with their reference and the title that was known.
pub fn awards(conn: &mut Conn, ids: &[Id], at: At) -> Result<HashMap<Id, Named>, Refusal> {
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in ids.chunks(5_000) {
        let rows: Vec<(Id, String, String)> = on!(conn, c => award_version::table
            .inner_join(terms::table.on(terms::award_id.eq(award_version::award_id).and(terms::terms_no.eq(award_version::terms_no))))
            .inner_join(award::table.on(award::id.eq(award_version::award_id)))
            .filter(award::id.eq_any(some).and(award_version::recorded_at.le(at.known_at)))
            .order((award::id, award_version::version)).select((award::id, award::reference, terms::title)).load(c))?;
        all.extend(rows.into_iter().map(|(id, code, name)| (id, Named { id, code, name })));
    }
    Ok(all)
}
