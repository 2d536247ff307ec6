//! `returns.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record, one_of};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::AwardRow;
use crate::returns::rules::ReturnKind;

/// What a provider reported.
#[derive(Debug, Clone, Serialize)]
pub struct ReturnRow {
    /// Its key.
    pub key: String,
    /// The award.
    pub award: String,
    /// The period, in words.
    pub period: String,
    /// What kind of return.
    pub kind: ReturnKind,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Its state.
    pub state: String,
    /// When it was submitted.
    pub submitted_on: Option<NaiveDate>,
    /// When it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// What the provider says.
    pub narrative: Option<String>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ReturnRow {
    const FILE: &'static str = "returns";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let award = cells.must("award", parse::key);
        let period = cells.must("period", parse::text);
        let kind = cells.must("kind", parse::word::<ReturnKind>);
        let starts_on = cells.must("starts_on", parse::date);
        let ends_on = cells.must("ends_on", parse::date);
        let state = cells.must("state", one_of(&["not_yet_due", "due", "draft", "submitted", "queried", "resubmitted", "accepted"]));
        let is_submitted = state.as_deref().is_some_and(|state| ["submitted", "queried", "resubmitted", "accepted"].contains(&state));
        let submitted_on = cells.need_if(is_submitted, "submitted_on", parse::date);
        let accepted_on = cells.need_if(state.as_deref() == Some("accepted"), "accepted_on", parse::date);
        let narrative = cells.may("narrative", parse::long_text);
        cells.span(starts_on, ends_on, "ends_on");
        cells.span(submitted_on, accepted_on, "accepted_on");
        let origin = cells.origin();
        Some(Self {
            key: key?,
            award: award?,
            period: period?,
            kind: kind?,
            starts_on: starts_on?,
            ends_on: ends_on?,
            state: state?,
            submitted_on,
            accepted_on,
            narrative,
            origin,
        })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.one::<AwardRow>("award", &self.award);
    }
}
