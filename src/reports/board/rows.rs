//! What a figure and a row of the board's quarter say.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::awards::indicators::rules::AsksFor;
use crate::http::table::Cell;
use crate::kernel::{Id, Named, Quantity};
use crate::providers::programmes::rules::ProgrammeStage;
use crate::reports::answer::Flat;
use crate::reports::expenditure::rows::Origin;
use crate::reports::indicators::name::IndicatorName;
use crate::reports::indicators::rules::Warning;
use crate::reports::sources;

words! {
    /// Whether a figure can be read.
    pub enum BoardCountState {
        /// It is shown.
        Shown = "shown",
        /// It is hidden, as it tells of very few people or as others could be worked out from it. It is not nought.
        Suppressed = "suppressed",
        /// Nobody reported it. It is not nought.
        NotReported = "not_reported",
        /// It does not apply, as its returns say. It is not nought.
        NotApplicable = "not_applicable",
        /// Values are reported and do not become one: its warnings say why.
        NotAdded = "not_added",
    }
}

/// A figure as the board may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardCount {
    /// Whether it can be read.
    pub state: BoardCountState,
    /// The figure; null unless it is shown.
    pub value: Option<Quantity>,
    /// The figure as returns were accepted; what adjustments make of it is `value`. Null unless it is shown, which it is not where it would tell of very few
    /// people beside that, and of a printed figure.
    #[serde(default)]
    pub accepted_value: Option<Quantity>,
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
    /// Which days the numbers in returns are for. Of a year to date, and of what counts all from the beginning, a figure is what it grew in its days.
    #[serde(default)]
    pub asks_for: Option<AsksFor>,
    /// The area; null for all together.
    pub area: Option<Named>,
    /// In the quarter.
    pub quarter: BoardCount,
    /// From the beginning of the financial year to the end of the quarter.
    pub year_to_date: BoardCount,
    /// How many of the year's values were reported.
    #[serde(default)]
    pub reported_count: i64,
    /// How many of the year's values were asked for and not reported.
    pub not_reported_count: i64,
    /// How many of the year's values do not apply, as their returns say.
    #[serde(default)]
    pub not_applicable_count: i64,
    /// What to know about the year's figure.
    pub warnings: Vec<Warning>,
    /// How many of the quarter's values were reported.
    #[serde(default)]
    pub quarter_reported_count: i64,
    /// How many of the quarter's values were asked for and not reported.
    #[serde(default)]
    pub quarter_not_reported_count: i64,
    /// How many of the quarter's values do not apply, as their returns say.
    #[serde(default)]
    pub quarter_not_applicable_count: i64,
    /// What to know about the quarter's figure.
    #[serde(default)]
    pub quarter_warnings: Vec<Warning>,
    /// Whether accepted returns report it or a paper prints it. What is printed for other days than those of the quarter or of the year up to its end stands
    /// nowhere here.
    #[serde(default = "returned")]
    pub origin: Origin,
    /// The word printed before the figure.
    #[serde(default)]
    #[schema(max_length = 80)]
    pub qualifier: Option<String>,
    /// How far the programme had come when the quarter ended, as far as that was known.
    #[serde(default)]
    pub programme_stage: Option<ProgrammeStage>,
    /// Since when.
    #[serde(default)]
    pub programme_stage_since_on: Option<NaiveDate>,
    /// The returns that the figures come from, at `/v1/returns/{id}`: the first hundred of them by id. Officers see them; a snapshot has none.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub return_ids: Vec<Id>,
    /// Where all of them are, however many there are; for officers, and null in a snapshot.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub returns_url: Option<String>,
    /// All of them.
    #[serde(skip)]
    pub sources: Vec<Id>,
}

impl BoardRow {
    /// By what it is known among the rows of its report.
    #[must_use]
    pub fn key(&self) -> String {
        sources::key(&(self.indicator.id, self.origin, self.area.as_ref().map(|area| area.id)))
    }
}

const fn returned() -> Origin {
    Origin::Returned
}

/// A programme in a quarter, with figures or without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardProgramme {
    /// The programme.
    pub programme: Named,
    /// How far it had come when the quarter ended; null where that is not known.
    pub stage: Option<ProgrammeStage>,
    /// Since when.
    pub stage_since_on: Option<NaiveDate>,
    /// How many of its rows have a figure.
    pub row_count: i64,
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
        "origin",
        "qualifier",
        "programme_stage",
        "programme_stage_since_on",
        "quarter_accepted_value",
        "year_to_date_accepted_value",
        "return_ids",
        "asks_for",
        "reported_count",
        "not_applicable_count",
        "quarter_reported_count",
        "quarter_not_reported_count",
        "quarter_not_applicable_count",
        "quarter_warnings",
        "returns_url",
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
        cells.push(Cell::text(Some(self.origin.word())));
        cells.push(Cell::text(self.qualifier.as_deref()));
        cells.push(Cell::text(self.programme_stage.map(ProgrammeStage::word)));
        cells.push(Cell::date(self.programme_stage_since_on));
        cells.extend([self.quarter, self.year_to_date].map(|count| Cell::number(count.accepted_value)));
        let ids: Vec<String> = self.return_ids.iter().map(Id::to_string).collect();
        cells.push(Cell::list(ids.iter().map(String::as_str)));
        cells.push(Cell::text(self.asks_for.map(AsksFor::word)));
        cells.extend([self.reported_count, self.not_applicable_count].map(Cell::count));
        let of_quarter = [self.quarter_reported_count, self.quarter_not_reported_count, self.quarter_not_applicable_count];
        cells.extend(of_quarter.map(Cell::count));
        cells.push(Cell::list(self.quarter_warnings.iter().map(|warning| warning.word())));
        cells.push(Cell::text(self.returns_url.as_deref()));
        cells
    }
}
