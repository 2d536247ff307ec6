//! Areas and programmes for the coverage, as known at a moment.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{area_version, programme_area, programme_version};

/// An area as it was known.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AreaRow {
    pub id: Id,
    pub kind: String,
    pub parent_id: Option<Id>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
}

pub fn areas(conn: &mut Conn, known_at: Moment) -> Result<Vec<AreaRow>, Refusal> {
    use area_version as version;
    let rows: Vec<AreaRow> = on!(conn, c => version::table.filter(version::recorded_at.le(known_at))
        .order((version::area_id, version::version))
        .select((version::area_id, version::kind, version::parent_id, version::valid_from, version::valid_to)).load(c))?;
    // The later of two versions comes later.
    let latest: HashMap<Id, AreaRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(latest.into_values().collect())
}

/// The areas that each programme is meant for.
pub fn programme_areas(conn: &mut Conn, known_at: Moment) -> Result<HashMap<Id, Vec<Id>>, Refusal> {
    let versions: Vec<(Id, i32)> = on!(conn, c => programme_version::table.filter(programme_version::recorded_at.le(known_at))
        .order((programme_version::programme_id, programme_version::version))
        .select((programme_version::programme_id, programme_version::version)).load(c))?;
    let latest: HashMap<Id, i32> = versions.into_iter().collect();
    let rows: Vec<(Id, i32, Id)> = on!(conn, c => programme_area::table
        .select((programme_area::programme_id, programme_area::version, programme_area::area_id)).load(c))?;
    let mut areas: HashMap<Id, Vec<Id>> = HashMap::new();
    for (programme, version, area) in rows {
        if latest.get(&programme) == Some(&version) {
            areas.entry(programme).or_default().push(area);
        }
    }
    Ok(areas)
}
