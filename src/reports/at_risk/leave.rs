//! What is at risk of one budget line. Pure.

use chrono::NaiveDate;

use crate::kernel::Pence;
use crate::reports::asked::At;
use crate::reports::at_risk::store::ApprovalRow;

/// The leave to commit against a line as at a day and known at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leave {
    /// Up to so much, by leave in force.
    pub approved: Pence,
    /// Since when, by the first leave in force; where none is, by the last there was.
    pub approved_on: Option<NaiveDate>,
    /// The last day of the leave in force; none where it lasts until the budget is confirmed or withdrawn.
    pub until: Option<NaiveDate>,
    /// Who gave it, each once.
    pub approved_by: Vec<String>,
    /// Where no leave is in force, how the last one ended and when.
    pub ended: Option<(NaiveDate, String)>,
}

/// How leave ended that is over because its last day is, before anybody told.
const LAPSED: &str = "lapsed";

/// How an approval had ended by then, if it had.
fn ended(row: &ApprovalRow, at: At) -> Option<(NaiveDate, String)> {
    let told = row.ended_on.zip(row.outcome.clone()).filter(|(day, _)| *day <= at.as_at && row.end_recorded_at <= Some(at.known_at));
    told.or_else(|| row.until.filter(|day| *day < at.as_at).map(|day| (day, LAPSED.to_owned())))
}

/// The leave that approvals of a line, in the order of their days, give together.
pub fn leave(rows: &[&ApprovalRow], at: At) -> Leave {
    let in_force: Vec<&&ApprovalRow> = rows.iter().filter(|row| ended(row, at).is_none()).collect();
    let mut leave = Leave::default();
    let shown: Vec<&&ApprovalRow> = if in_force.is_empty() { rows.last().into_iter().collect() } else { in_force.clone() };
    leave.approved = in_force.iter().map(|row| row.amount).sum();
    leave.approved_on = shown.first().map(|row| row.approved_on);
    leave.until = if shown.iter().any(|row| row.until.is_none()) { None } else { shown.iter().filter_map(|row| row.until).max() };
    for row in &shown {
        if !leave.approved_by.contains(&row.approved_by) {
            leave.approved_by.push(row.approved_by.clone());
        }
    }
    if in_force.is_empty() {
        leave.ended = rows.last().and_then(|row| ended(row, at));
    }
    leave
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Id, Moment};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn moment(text: &str) -> Moment {
        Moment::new(day(text).and_hms_opt(12, 0, 0).unwrap().and_utc())
    }

    fn row(pence: i64, from: &str, until: Option<&str>) -> ApprovalRow {
        ApprovalRow {
            line_id: Id::new(),
            amount: Pence(pence),
            approved_on: day(from),
            until: until.map(day),
            approved_by: "The office".to_owned(),
            ended_on: None,
            outcome: None,
            end_recorded_at: None,
        }
    }

    fn at(day_of: &str) -> At {
        At { as_at: day(day_of), known_at: moment("2021-01-01") }
    }

    #[test]
    fn leave_lasts_to_its_last_day() {
        let one = row(500, "2020-04-01", Some("2020-06-30"));
        assert_eq!(leave(&[&one], at("2020-06-30")).approved, Pence(500));
        let over = leave(&[&one], at("2020-07-01"));
        assert_eq!((over.approved, over.ended), (Pence::ZERO, Some((day("2020-06-30"), "lapsed".to_owned()))));
        let other = row(70, "2020-05-01", None);
        let both = leave(&[&one, &other], at("2020-06-30"));
        assert_eq!((both.approved, both.until), (Pence(570), None));
        assert_eq!(leave(&[&one, &other], at("2020-07-01")).approved, Pence(70));
    }

    #[test]
    fn an_end_counts_once_it_is_known_and_has_come() {
        let ended = ApprovalRow {
            ended_on: Some(day("2020-05-19")),
            outcome: Some("confirmed".to_owned()),
            end_recorded_at: Some(moment("2020-05-25")),
            ..row(500, "2020-04-01", None)
        };
        assert_eq!(leave(&[&ended], at("2020-05-18")).approved, Pence(500));
        assert_eq!(leave(&[&ended], at("2020-05-19")).ended, Some((day("2020-05-19"), "confirmed".to_owned())));
        let before = At { as_at: day("2020-05-19"), known_at: moment("2020-05-24") };
        assert_eq!(leave(&[&ended], before).approved, Pence(500));
    }
}
