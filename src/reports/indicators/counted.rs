//! What an indicator comes to: the one way in which its values are put together, for the report and for printed totals.

use std::collections::HashMap;

use crate::kernel::{Id, Refusal};
use crate::reports::asked::At;
use crate::reports::indicators::rules::{Adding, Amount, Combined, Point, combine};
use crate::reports::indicators::store::IndicatorRow;
use crate::reports::returned::store::{self as returned, AcceptedRow};
use crate::reports::returned::{Parts, Told};
use crate::store::Conn;

/// The unit of percentages.
const PERCENT: &str = "percent";

/// What accepted returns say of each indicator. What does not apply was never asked for.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn points(conn: &mut Conn, at: At) -> Result<HashMap<Id, Vec<Point>>, Refusal> {
    let accepted: HashMap<Id, AcceptedRow> = returned::accepted(conn, at)?.into_iter().map(|row| (row.return_id, row)).collect();
    let mut points: HashMap<Id, Vec<Point>> = HashMap::new();
    for value in returned::values(conn, at)?.into_iter().filter(|value| value.status != "not_applicable") {
        let Some(of) = accepted.get(&value.return_id) else { continue };
        points.entry(value.indicator_id).or_default().push(Point {
            award: Some(of.award_id),
            area: value.area_id,
            days: (Some(of.starts_on), Some(of.ends_on)),
            period: Some(of.period.clone()),
            value: value.value.map(|value_of| Amount { value: value_of, whole: value.denominator }),
            high: None,
            basis: value.basis,
            status: None,
            qualifier: None,
            illustrative: of.illustrative,
        });
    }
    Ok(points)
}

/// The points that count together, and what they come to.
#[must_use]
pub fn together<'p>(indicator: &IndicatorRow, points: Vec<&'p Point>, parts: &Parts) -> (Vec<&'p Point>, Combined) {
    let adding = |text: &str| text.parse().unwrap_or(Adding::None);
    let points = parts.once(points, |point| told(point));
    let combined = combine(&points, adding(&indicator.over_areas), adding(&indicator.over_time));
    (points, Combined { is_percentage: indicator.unit == PERCENT, ..combined })
}

/// Of what a point of a return tells; a printed one belongs to no award.
fn told(point: &Point) -> Option<Told> {
    let days = point.days.0.zip(point.days.1)?;
    Some(Told { award: point.award?, area: point.area, days, is_reported: point.value.is_some() })
}
