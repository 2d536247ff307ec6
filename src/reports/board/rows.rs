//! What a figure and a row of the board's quarter say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{Named, Quantity};
use crate::reports::answer::Flat;
use crate::reports::indicators::rows::IndicatorName;
use crate::reports::indicators::rules::Warning;

words! {
    /// Whether a figure can be read.
    pub enum BoardCountState {
        /// It is shown.
        Shown = "shown",
        /// It is hidden, as it tells of very few people or as others could be worked out from it. It is not nought.
        Suppressed = "suppressed",
        /// Nobody reported it. It is not nought.
        NotReported = "not_reported",
    }
}

/// A figure as the board may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardCount {
    /// Whether it can be read.
    pub state: BoardCountState,
    /// The figure; null unless it is shown.
    pub value: Option<Quantity>,
    /// Its target for the same days and area.
    pub target: Option<Quantity>,
    /// The figure as a percentage of its target, to three decimals; null unless it is shown.
    pub target_percent: Option<Quantity>,
}

/// What an indicator came to, in one area or altogether.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardRow {
    /// The programme whose indicator it is.
    pub programme: Option<Named>,
    /// The fund whose indicator it is.
    pub fund: Option<Named>,
    /// What is counted.
    pub indicator: IndicatorName,
    /// The area; null for all together.
    pub area: Option<Named>,
    /// In the quarter.
    pub quarter: BoardCount,
    /// From the beginning of the financial year to the end of the quarter.
    pub year_to_date: BoardCount,
    /// How many of the year's values were asked for and not reported.
    pub not_reported_count: i64,
    /// What to know about the year's figure.
    pub warnings: Vec<Warning>,
}

impl Flat for BoardRow {
    const COLUMNS: &'static [&'static str] = &[
        "programme_code",
        "programme_name",
        "fund_code",
        "fund_name",
        "indicator_name",
        "unit",
        "direction",
        "area_code",
        "area_name",
        "quarter_state",
        "quarter_value",
        "quarter_target",
        "quarter_target_percent",
        "year_to_date_state",
        "year_to_date_value",
        "year_to_date_target",
        "year_to_date_target_percent",
        "not_reported_count",
        "warnings",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        cells.extend(Cell::named(self.programme.as_ref()));
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.extend([&self.indicator.name, &self.indicator.unit, &self.indicator.direction].map(|words| Cell::Text(words.clone())));
        cells.extend(Cell::named(self.area.as_ref()));
        for count in [self.quarter, self.year_to_date] {
            cells.push(Cell::text(Some(count.state.word())));
            cells.extend([count.value, count.target, count.target_percent].map(Cell::number));
        }
        cells.push(Cell::count(self.not_reported_count));
        cells.push(Cell::list(self.warnings.iter().map(|warning| warning.word())));
        cells
    }
}
