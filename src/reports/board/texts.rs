//! What providers say of the quarter, as far as somebody released it.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Id, Moment, Named, Quarter, Refusal};
use crate::reports::asked::At;
use crate::reports::board::store;
use crate::reports::indicators::store as awards;
use crate::reports::returned::store::{self as returned, AcceptedRow};
use crate::returns::rules::SectionKey;
use crate::store::Conn;

/// A text of an accepted return that somebody released.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BoardText {
    /// The award.
    pub award: Named,
    /// The return.
    pub return_id: Id,
    /// Its period.
    #[schema(max_length = 120)]
    pub period: String,
    /// Which of its texts it is: the key of its section, `narrative`, `risks` and `case_study` among them.
    #[schema(value_type = SectionKey)]
    pub kind: String,
    /// What stood above it when the return was accepted, where the office named its sections.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub heading: Option<String>,
    /// The text.
    #[schema(max_length = 20000)]
    pub text: String,
}

impl BoardText {
    /// What stands above it.
    #[must_use]
    pub fn title(&self) -> String {
        let named = self.heading.clone();
        named.unwrap_or_else(|| if self.kind == "narrative" { "what happened".to_owned() } else { self.kind.replace('_', " ") })
    }
}

/// The released texts of the accepted returns that end in the quarter, as at a day and as known at a moment.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn texts_as(conn: &mut Conn, (as_at, known_at): (NaiveDate, Moment), quarter: Quarter) -> Result<Vec<BoardText>, Refusal> {
    texts(conn, At { as_at, known_at }, quarter)
}

/// The released texts of the accepted returns that end in the quarter, by award.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(super) fn texts(conn: &mut Conn, at: At, quarter: Quarter) -> Result<Vec<BoardText>, Refusal> {
    let mut rows = returned::accepted(conn, at)?;
    rows.retain(|row| (quarter.first_day()..=quarter.last_day()).contains(&row.ends_on));
    let mut released = store::released(conn, at, &rows.iter().map(|row| row.return_id).collect::<Vec<_>>())?;
    rows.retain(|row| released.contains_key(&row.return_id));
    let names: HashMap<Id, Named> = awards::awards(conn, &rows.iter().map(|row| row.award_id).collect::<Vec<_>>(), at)?;
    let mut headings = store::headings(conn, &rows.iter().map(|row| row.return_id).collect::<Vec<_>>())?;
    let mut all: Vec<BoardText> = Vec::new();
    for AcceptedRow { return_id, award_id, period, .. } in rows {
        let Some(award) = names.get(&award_id) else { continue };
        let named = headings.remove(&return_id).unwrap_or_default();
        all.extend(released.remove(&return_id).unwrap_or_default().into_iter().map(|(kind, text)| {
            let heading = named.iter().find(|(key, _)| *key == kind).map(|(_, heading)| heading.clone());
            BoardText { award: award.clone(), return_id, period: period.clone(), kind, heading, text }
        }));
    }
    all.sort_by(|a, b| (&a.award.code, a.return_id).cmp(&(&b.award.code, b.return_id)));
    Ok(all)
}
