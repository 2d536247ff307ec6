//! `indicator_targets.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::Quantity;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, IndicatorRow};

/// A target of an indicator.
#[derive(Debug, Clone, Serialize)]
pub struct IndicatorTargetRow {
    /// The indicator.
    pub indicator: String,
    /// The area; none for all.
    pub area: Option<String>,
    /// The period, in words.
    pub period: Option<String>,
    /// From when.
    pub starts_on: Option<NaiveDate>,
    /// Until when.
    pub ends_on: Option<NaiveDate>,
    /// The target.
    pub target: Quantity,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for IndicatorTargetRow {
    const FILE: &'static str = "indicator_targets";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let indicator = cells.must("indicator", parse::key);
        let area = cells.may("area", parse::key);
        let period = cells.need("period", parse::text);
        let starts_on = cells.may("starts_on", parse::date);
        let ends_on = cells.may("ends_on", parse::date);
        let target = cells.must("target", parse::word::<Quantity>);
        cells.span(starts_on, ends_on, "ends_on");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self { indicator: indicator?, area, period, starts_on, ends_on, target: target?, print, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}/{}", self.indicator, self.area.as_deref().unwrap_or_default(), self.period.as_deref().unwrap_or_default())
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<IndicatorRow>("indicator", &self.indicator);
        to.may::<AreaRow>("area", self.area.as_ref());
    }
}
