//! The rows of the expenditure, and what they can be grouped by.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{FigureStatus, Named, Pence, Precision};
use crate::reports::answer::Flat;
use crate::reports::book::Dimension;
use crate::reports::book::values::AreaGroup;

words! {
    /// Where a figure comes from.
    pub enum Origin {
        /// A paper prints it.
        Printed = "printed",
        /// An accepted return reports it.
        Returned = "returned",
    }
}

words! {
    /// What rows are told apart by. A printed figure belongs to a fund, a programme and a period alone; its series is always told.
    pub enum ExpenditureGrouping {
        /// The fund.
        Fund = "fund",
        /// The programme.
        Programme = "programme",
        /// The period: a financial year, or the days of a return that lie in no single one.
        Period = "period",
        /// What it was spent on, by returns.
        Category = "category",
        /// The funding source; what an award spends that several pay is shared in proportion to what each has committed, to the penny.
        Source = "source",
        /// The tranche.
        Tranche = "tranche",
        /// The award's provider.
        Provider = "provider",
        /// The award's theme.
        Theme = "theme",
        /// The award's category.
        AwardCategory = "award_category",
        /// The award's area; several areas of one award stand together and are never split.
        Area = "area",
        /// The award. What a part of it spends stands with the whole.
        Award = "award",
    }
}

impl ExpenditureGrouping {
    /// What rows are told apart by where nothing is asked.
    pub const USUAL: [Self; 4] = [Self::Fund, Self::Programme, Self::Period, Self::Category];

    /// The dimension of an award that it is, unless it is one of a return.
    #[must_use]
    pub const fn dimension(self) -> Option<Dimension> {
        Some(match self {
            Self::Period | Self::Category => return None,
            Self::Fund => Dimension::Fund,
            Self::Programme => Dimension::Programme,
            Self::Source => Dimension::Source,
            Self::Tranche => Dimension::Tranche,
            Self::Provider => Dimension::Provider,
            Self::Theme => Dimension::Theme,
            Self::AwardCategory => Dimension::Category,
            Self::Area => Dimension::Area,
            Self::Award => Dimension::Award,
        })
    }
}

/// Money spent: a printed figure, or one category of accepted returns; or several of either put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpenditureRow {
    /// Where it comes from.
    pub origin: Origin,
    /// The series of a printed figure.
    #[schema(max_length = 200)]
    pub series: Option<String>,
    /// What a printed figure is about.
    #[schema(max_length = 500)]
    pub subject: Option<String>,
    /// The fund. What a part of an award spends is money of the whole, and of its fund.
    pub fund: Option<Named>,
    /// The programme.
    pub programme: Option<Named>,
    /// The period: a financial year, or words. Several years in one figure are never split.
    #[schema(max_length = 200)]
    pub period: Option<String>,
    /// The period's first day.
    pub starts_on: Option<NaiveDate>,
    /// The period's last day.
    pub ends_on: Option<NaiveDate>,
    /// What it was spent on, by returns.
    #[schema(max_length = 80)]
    pub category: Option<String>,
    /// How much; of returns with adjustments that count in this period.
    #[schema(value_type = i64)]
    pub amount_pence: Pence,
    /// Of that, what returns of the period were accepted with.
    #[schema(value_type = Option<i64>)]
    pub accepted_pence: Option<Pence>,
    /// Of that, what adjustments of earlier accepted returns add; below nought where they take away.
    #[schema(value_type = Option<i64>)]
    pub adjustment_pence: Option<Pence>,
    /// Of that, spent on direct activity, by returns (R20).
    #[schema(value_type = Option<i64>)]
    pub direct_activity_pence: Option<Pence>,
    /// From how many accepted returns.
    pub return_count: Option<i64>,
    /// How final a printed figure is (R21).
    pub figure_status: Option<FigureStatus>,
    /// How exactly it is printed.
    pub precision: Option<Precision>,
    /// The word printed before it.
    #[schema(max_length = 80)]
    pub qualifier: Option<String>,
    /// What exactly is counted.
    #[schema(max_length = 500)]
    pub basis: Option<String>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// The funding source, where rows are told apart by it: its share of what awards spend that several pay; null where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Named, required = false)]
    pub source: Option<Named>,
    /// The tranche, where rows are told apart by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Named, required = false)]
    pub tranche: Option<Named>,
    /// Who spent it, where rows are told apart by it: the award's provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Named, required = false)]
    pub provider: Option<Named>,
    /// The award's theme, where rows are told apart by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, max_length = 300)]
    pub theme: Option<String>,
    /// The award's category, where rows are told apart by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, max_length = 200)]
    pub award_category: Option<String>,
    /// The area of the award, or several together, where rows are told apart by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = AreaGroup, required = false)]
    pub area: Option<AreaGroup>,
    /// The award, where rows are told apart by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Named, required = false)]
    pub award: Option<Named>,
    /// How many printed figures are put together, where rows are grouped as asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub figure_count: Option<i64>,
}

impl ExpenditureRow {
    /// A row of this origin that says nothing yet.
    #[must_use]
    pub const fn empty(origin: Origin) -> Self {
        Self {
            origin,
            series: None,
            subject: None,
            fund: None,
            programme: None,
            period: None,
            starts_on: None,
            ends_on: None,
            category: None,
            amount_pence: Pence::ZERO,
            accepted_pence: None,
            adjustment_pence: None,
            direct_activity_pence: None,
            return_count: None,
            figure_status: None,
            precision: None,
            qualifier: None,
            basis: None,
            illustrative: false,
            source: None,
            tranche: None,
            provider: None,
            theme: None,
            award_category: None,
            area: None,
            award: None,
            figure_count: None,
        }
    }
}

impl Flat for ExpenditureRow {
    const COLUMNS: &'static [&'static str] = &[
        "origin",
        "series",
        "subject",
        "fund_code",
        "fund_name",
        "programme_code",
        "programme_name",
        "period",
        "starts_on",
        "ends_on",
        "category",
        "amount_pounds",
        "direct_activity_pounds",
        "return_count",
        "figure_status",
        "precision",
        "qualifier",
        "basis",
        "illustrative",
        "accepted_pounds",
        "adjustment_pounds",
    ];
    const GROUPED: &'static [&'static str] = &[
        "source_code",
        "source_name",
        "tranche_reference",
        "tranche_name",
        "provider_reference",
        "provider_name",
        "theme",
        "award_category",
        "area_code",
        "area_name",
        "award_reference",
        "award_title",
        "figure_count",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![Cell::Plain(self.origin.to_string()), Cell::text(self.series.as_deref()), Cell::text(self.subject.as_deref())];
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.extend(Cell::named(self.programme.as_ref()));
        cells.push(Cell::text(self.period.as_deref()));
        cells.extend([self.starts_on, self.ends_on].map(Cell::date));
        cells.push(Cell::text(self.category.as_deref()));
        cells.push(Cell::Pounds(self.amount_pence));
        cells.push(Cell::pounds(self.direct_activity_pence));
        cells.push(self.return_count.map_or(Cell::Empty, Cell::count));
        cells.push(Cell::text(self.figure_status.map(FigureStatus::word)));
        cells.push(Cell::text(self.precision.map(Precision::word)));
        cells.push(Cell::text(self.qualifier.as_deref()));
        cells.push(Cell::text(self.basis.as_deref()));
        cells.push(Cell::yes(Some(self.illustrative)));
        cells.extend([self.accepted_pence, self.adjustment_pence].map(Cell::pounds));
        cells
    }

    fn grouped_cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::GROUPED.len());
        for record in [&self.source, &self.tranche, &self.provider] {
            cells.extend(Cell::named(record.as_ref()));
        }
        cells.extend([&self.theme, &self.award_category].map(|words| Cell::text(words.as_deref())));
        cells.push(Cell::text(self.area.as_ref().map(|area| area.code.as_str())));
        cells.push(Cell::text(self.area.as_ref().map(|area| area.name.as_str())));
        cells.extend(Cell::named(self.award.as_ref()));
        cells.push(self.figure_count.map_or(Cell::Empty, Cell::count));
        cells
    }
}
