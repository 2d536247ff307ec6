//! `provider_checks.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::ProviderRow;
use crate::providers::checks::rules::{CheckKind, CheckOutcome};

/// A due-diligence check of an organisation.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderCheckRow {
    /// Its key.
    pub key: String,
    /// The organisation.
    pub provider: String,
    /// What was checked.
    pub kind: CheckKind,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// The day of the check.
    pub checked_on: NaiveDate,
    /// The last day on which it counts.
    pub expires_on: Option<NaiveDate>,
    /// What was looked at.
    pub looked_at: Option<String>,
    /// What is wrong, or another remark for the office.
    pub remark: Option<String>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ProviderCheckRow {
    const FILE: &'static str = "provider_checks";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let provider = cells.must("provider", parse::key);
        let kind = cells.must("kind", parse::word::<CheckKind>);
        let outcome = cells.must("outcome", parse::word::<CheckOutcome>);
        let checked_on = cells.must("checked_on", parse::date);
        let expires_on = cells.may("expires_on", parse::date);
        let looked_at = cells.may("looked_at", parse::text);
        let remark = cells.need_if(outcome == Some(CheckOutcome::Failed), "remark", parse::long_text);
        cells.span(checked_on, expires_on, "expires_on");
        let origin = cells.origin();
        Some(Self {
            key: key?,
            provider: provider?,
            kind: kind?,
            outcome: outcome?,
            checked_on: checked_on?,
            expires_on,
            looked_at,
            remark,
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
        to.one::<ProviderRow>("provider", &self.provider);
    }
}
