//! Tranches as at a day and known at a moment.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Pence, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{tranche, tranche_version as version};

/// A tranche in one version.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct TrancheRow {
    pub id: Id,
    pub reference: String,
    pub period_id: Id,
    pub number: i32,
    pub effective_on: NaiveDate,
    pub state: String,
    pub name: String,
    pub planned: Option<Pence>,
    pub projects: Option<i32>,
    pub opens_on: Option<NaiveDate>,
    pub closes_on: Option<NaiveDate>,
    pub decision_on: Option<NaiveDate>,
    pub illustrative: bool,
}

/// Each tranche in the latest version that had taken effect; one that has not yet taken effect is shown as it was first planned.
pub fn tranches(conn: &mut Conn, at: At) -> Result<Vec<TrancheRow>, Refusal> {
    let rows: Vec<TrancheRow> = on!(conn, c => tranche::table.inner_join(version::table.on(version::tranche_id.eq(tranche::id)))
        .filter(version::recorded_at.le(at.known_at)).order((tranche::id, version::version))
        .select((tranche::id, tranche::reference, tranche::fund_period_id, tranche::number, version::effective_on, version::state,
            version::name, version::planned_pence, version::projects_count, version::opens_on, version::closes_on, version::decision_on,
            version::illustrative)).load(c))?;
    let mut latest: HashMap<Id, TrancheRow> = HashMap::new();
    for row in rows {
        if row.effective_on <= at.as_at || !latest.contains_key(&row.id) {
            latest.insert(row.id, row);
        }
    }
    Ok(latest.into_values().collect())
}
