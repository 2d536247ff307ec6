//! The returns behind a figure: all of them, by the report that shows it.
//!
//! A row of a report has a key, made of what tells it apart from the others. The same question, as at the same day and known at the same moment, has the
//! same rows, so question and key together lead to just the returns that the row's figure was made of.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::http::etag;
use crate::http::reply::percent_encoded;
use crate::http::table::Cell;
use crate::kernel::{FigureStatus, Id, Moment, Named, Refusal};
use crate::reports::answer::{Flat, Report};
use crate::reports::asked::{At, Question, beside_settled};
use crate::reports::indicators::store::awards;
use crate::reports::names;
use crate::reports::returned::{Counting, store as returned};
use crate::store::Conn;

/// A return that a figure comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureReturn {
    /// The return, at `/v1/returns/{id}`.
    pub return_id: Id,
    /// Its award.
    pub award: Named,
    /// Its period.
    #[schema(max_length = 200)]
    pub period: String,
    /// The first day of its period.
    pub starts_on: NaiveDate,
    /// The last day of its period.
    pub ends_on: NaiveDate,
    /// How final what it reports is: `final` once it is accepted, `provisional` before.
    pub figure_status: FigureStatus,
}

/// The returns that figures of a report come from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FigureReturns {
    /// The day.
    pub as_at: NaiveDate,
    /// The moment.
    pub known_at: Moment,
    /// Of which row; null where they are those of all rows.
    #[schema(max_length = 16)]
    pub row: Option<String>,
    /// The returns, by award and last day.
    #[schema(max_items = 1_000_000)]
    pub rows: Vec<FigureReturn>,
}

impl Report for FigureReturns {
    type Row = FigureReturn;
    type Rows = std::vec::IntoIter<FigureReturn>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for FigureReturn {
    const COLUMNS: &'static [&'static str] =
        &["return_id", "award_reference", "award_title", "period", "starts_on", "ends_on", "figure_status"];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![Cell::Plain(self.return_id.to_string())];
        cells.extend(Cell::named(Some(&self.award)));
        cells.push(Cell::text(Some(&self.period)));
        cells.extend([Some(self.starts_on), Some(self.ends_on)].map(Cell::date));
        cells.push(Cell::text(Some(self.figure_status.word())));
        cells
    }
}

/// The returns of these figures.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn returns(conn: &mut Conn, at: At, which: Counting, row: Option<String>, ids: &HashSet<Id>) -> Result<FigureReturns, Refusal> {
    let mut all = returned::counting(conn, at, which)?;
    all.retain(|one| ids.contains(&one.return_id));
    let of: HashSet<Id> = all.iter().map(|one| one.award_id).collect();
    let awards = awards(conn, &of.into_iter().collect::<Vec<Id>>(), at)?;
    let turn = |one: returned::AcceptedRow| FigureReturn {
        return_id: one.return_id,
        award: names::known(&awards, one.award_id),
        figure_status: if one.is_accepted() { FigureStatus::Final } else { FigureStatus::Provisional },
        period: one.period,
        starts_on: one.starts_on,
        ends_on: one.ends_on,
    };
    let mut rows: Vec<FigureReturn> = all.into_iter().map(turn).collect();
    rows.sort_by(|a, b| (&a.award.code, a.ends_on, a.return_id).cmp(&(&b.award.code, b.ends_on, b.return_id)));
    Ok(FigureReturns { as_at: at.as_at, known_at: at.known_at, row, rows })
}

/// Each of these once, in their order. What a return says stands together, so most of what is the same goes before the rest is sorted.
pub fn once<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.dedup();
    all.sort_unstable();
    all.dedup();
    all
}

/// The key of a row, by all that tells it apart from the other rows of its report.
pub fn key(apart: &impl Serialize) -> String {
    // Words, ids and days always serialise.
    let text = serde_json::to_string(apart).unwrap_or_default();
    etag::hex(&Sha256::digest(text.as_bytes())).chars().take(16).collect()
}

/// The way from the rows of a report to their returns.
pub struct Link(String);

impl Link {
    /// To an operation that takes the same question, with its day and its moment.
    ///
    /// # Errors
    /// A fault of ours where the question cannot be written.
    pub fn to<Q: Question>(path: &str, question: &Q, at: At) -> Result<Self, Refusal> {
        let mut text = format!("{path}?as_at={}&known_at={}", at.as_at, percent_encoded(&at.known_at.to_string()));
        let asked = beside_settled(question)?;
        for (name, value) in asked.as_object().into_iter().flatten().filter(|(name, _)| *name != "row") {
            let several = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
            for word in several.iter().filter(|word| !word.is_null()) {
                let word = word.as_str().map_or_else(|| word.to_string(), str::to_owned);
                text.push_str(&format!("&{name}={}", percent_encoded(&word)));
            }
        }
        Ok(Self(text))
    }

    /// Of one row.
    #[must_use]
    pub fn of(&self, key: &str) -> String {
        format!("{}&row={key}", self.0)
    }
}

/// Keeps only the row with a key, where one is asked for.
///
/// # Errors
/// A fault of the question where there is no such row.
pub fn only<R>(rows: &mut Vec<R>, wanted: Option<&str>, key: impl Fn(&R) -> String) -> Result<(), Refusal> {
    let Some(wanted) = wanted else { return Ok(()) };
    rows.retain(|row| key(row) == wanted);
    if !rows.is_empty() {
        return Ok(());
    }
    let message = "This question has no such row. Ask for it as the row's `returns_url` does, with its day and its moment.";
    Err(Refusal::invalid("query:row", "unknown_record", message))
}
