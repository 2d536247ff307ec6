//! `variations.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, AwardRow};
use crate::variations::rules::VariationKind;
use crate::variations::rules::VariationState;

/// An agreed change to an award.
#[derive(Debug, Clone, Serialize)]
pub struct VariationRow {
    /// Its key.
    pub key: String,
    /// The award.
    pub award: String,
    /// From 1 within the award.
    pub number: i32,
    /// What it changes.
    pub kind: VariationKind,
    /// What reports may add it up by.
    pub group: Option<String>,
    /// Its title.
    pub title: String,
    /// By how much; a decrease has a minus.
    pub amount_change: Option<Pence>,
    /// The VAT on a contract from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat: Option<Pence>,
    /// The award's new first day.
    pub starts_on: Option<NaiveDate>,
    /// The award's new last day.
    pub ends_on: Option<NaiveDate>,
    /// From when.
    pub effective_on: NaiveDate,
    /// Its state.
    pub state: VariationState,
    /// Which areas it is for.
    pub areas: Vec<String>,
    /// Components that share the sum where its split is not known.
    pub shared_by: Vec<String>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for VariationRow {
    const FILE: &'static str = "variations";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let award = cells.must("award", parse::key);
        let number = cells.must("number", parse::count);
        let kind = cells.must("type", parse::word::<VariationKind>);
        let group = cells.may("group", parse::text);
        let title = cells.must("title", parse::text);
        let amount_change = cells.need_if(kind == Some(VariationKind::Value), "amount_change", parse::signed_pounds);
        let vat = cells.may("vat", parse::pounds);
        if vat.is_some() && amount_change.is_none() {
            cells.fault("vat", "stands without `amount_change`; the VAT changes with the amount");
        }
        let starts_on = cells.may("starts_on", parse::date);
        let ends_on = cells.may("ends_on", parse::date);
        let effective_on = cells.must("effective_on", parse::date);
        let state = cells.must("state", parse::word::<VariationState>);
        let areas = cells.list("areas", parse::key);
        let shared_by = cells.list("shared_by", parse::key);
        cells.span(starts_on, ends_on, "ends_on");
        let is_of_dates = starts_on.is_some() || ends_on.is_some();
        match kind {
            Some(VariationKind::Dates) if !is_of_dates => cells.fault("ends_on", "a variation of the dates has a new first or last day"),
            None | Some(VariationKind::Value | VariationKind::Dates) => {}
            Some(_) => cells.fault("type", "an import takes in variations of value and dates; enter the others in the service"),
        }
        if state.is_some_and(|state| !matches!(state, VariationState::Draft | VariationState::Applied)) {
            cells.fault("state", "an import takes in drafts and applied variations only");
        }
        cells.from_one("number", number);
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            award: award?,
            number: number?,
            kind: kind?,
            group,
            title: title?,
            amount_change,
            vat,
            starts_on,
            ends_on,
            effective_on: effective_on?,
            state: state?,
            areas,
            shared_by,
            print,
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
        to.all::<AreaRow>("areas", &self.areas);
        to.all::<AwardRow>("shared_by", &self.shared_by);
    }
}
