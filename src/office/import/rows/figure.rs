//! `figures.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::figures::printed::rules::FigureKind;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse::{self, Number};
use crate::office::import::rows::{AreaRow, FundRow, IndicatorRow, ProgrammeRow, SourceRow};

/// A printed figure that moves no money.
#[derive(Debug, Clone, Serialize)]
pub struct FigureRow {
    /// Its key.
    pub key: String,
    /// Figures of one series are the same measure in different periods.
    pub series: Option<String>,
    /// What kind of figure.
    pub kind: FigureKind,
    /// What it is about.
    pub subject: Option<String>,
    /// The indicator.
    pub indicator: Option<String>,
    /// The fund.
    pub fund: Option<String>,
    /// The programme.
    pub programme: Option<String>,
    /// The source.
    pub source: Option<String>,
    /// The area.
    pub area: Option<String>,
    /// The period, in words.
    pub period: Option<String>,
    /// From when.
    pub starts_on: Option<NaiveDate>,
    /// Until when.
    pub ends_on: Option<NaiveDate>,
    /// The day of a state.
    pub as_at: Option<NaiveDate>,
    /// The value, or the lower end of a range.
    pub value: Number,
    /// The upper end of a range.
    pub value_high: Option<Number>,
    /// What one of it is.
    pub unit: String,
    /// What exactly is counted.
    pub basis: Option<String>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for FigureRow {
    const FILE: &'static str = "figures";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let series = cells.may("series", parse::text);
        let kind = cells.must("kind", parse::word::<FigureKind>);
        let subject = cells.may("subject", parse::text);
        let indicator = cells.need_if(kind == Some(FigureKind::Indicator), "indicator", parse::key);
        let fund = cells.may("fund", parse::key);
        let programme = cells.may("programme", parse::key);
        let source = cells.may("source", parse::key);
        let area = cells.may("area", parse::key);
        let as_at = cells.may("as_at", parse::date);
        let period = cells.need_if(as_at.is_none(), "period", parse::text);
        let starts_on = cells.may("starts_on", parse::date);
        let ends_on = cells.may("ends_on", parse::date);
        let value = cells.must("value", parse::number);
        let value_high = cells.may("value_high", parse::number);
        let unit = cells.must("unit", parse::text);
        let basis = cells.may("basis", parse::text);
        cells.span(starts_on, ends_on, "ends_on");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            series,
            kind: kind?,
            subject,
            indicator,
            fund,
            programme,
            source,
            area,
            period,
            starts_on,
            ends_on,
            as_at,
            value: value?,
            value_high,
            unit: unit?,
            basis,
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
        to.may::<IndicatorRow>("indicator", self.indicator.as_ref());
        to.may::<FundRow>("fund", self.fund.as_ref());
        to.may::<ProgrammeRow>("programme", self.programme.as_ref());
        to.may::<SourceRow>("source", self.source.as_ref());
        to.may::<AreaRow>("area", self.area.as_ref());
    }
}
