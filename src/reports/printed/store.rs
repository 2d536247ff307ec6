//! Printed figures at a moment.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::figures::printed::FigureKind;
use crate::kernel::{FigureStatus, Id, Pence, Precision, Quantity, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{figure, figure_version as version};

/// A printed figure as it was known.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = version)]
pub struct PrintedFigure {
    pub figure_id: Id,
    pub series: Option<String>,
    pub kind: FigureKind,
    pub subject: Option<String>,
    pub indicator_id: Option<Id>,
    pub fund_id: Option<Id>,
    pub programme_id: Option<Id>,
    pub area_id: Option<Id>,
    pub period: Option<String>,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub as_at: Option<NaiveDate>,
    pub unit: String,
    pub amount_pence: Option<Pence>,
    pub value_thousandths: Option<Quantity>,
    pub value_high_thousandths: Option<Quantity>,
    pub basis: Option<String>,
    pub figure_status: FigureStatus,
    pub precision: Option<Precision>,
    pub qualifier: Option<String>,
    pub illustrative: bool,
    pub evidence: Option<String>,
}

impl PrintedFigure {
    /// Whether what it is about had begun by then. A figure without a date is about no day in particular.
    #[must_use]
    pub fn has_begun(&self, day: NaiveDate) -> bool {
        self.starts_on.or(self.as_at).is_none_or(|from| from <= day)
    }
}

/// The figures that were known and had begun, by code.
pub fn figures(conn: &mut Conn, at: At) -> Result<Vec<(String, PrintedFigure)>, Refusal> {
    let rows: Vec<(String, PrintedFigure)> = on!(conn, c => figure::table
        .inner_join(version::table.on(version::figure_id.eq(figure::id)))
        .filter(version::recorded_at.le(at.known_at)).order((figure::code, version::version))
        .select((figure::code, PrintedFigure::as_select())).load(c))?;
    let mut latest: Vec<(String, PrintedFigure)> = Vec::new();
    let mut places: HashMap<Id, usize> = HashMap::new();
    for row in rows {
        // The later of two versions comes later and takes the place of the earlier.
        match places.get(&row.1.figure_id).and_then(|place| latest.get_mut(*place)) {
            Some(earlier) => *earlier = row,
            None => {
                places.insert(row.1.figure_id, latest.len());
                latest.push(row);
            }
        }
    }
    latest.retain(|(_, figure)| figure.has_begun(at.as_at));
    Ok(latest)
}
