//! The rows of the annual report.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{FigureStatus, Named, Pence, Quantity};
use crate::reports::allocations::amounts::AllocationAmounts;
use crate::reports::answer::Flat;
use crate::reports::board::rows::{BoardCountState, BoardRow};
use crate::reports::expenditure::rows::{ExpenditureRow, Origin};
use crate::reports::fund_summary::routes::FundSummaryRow;
use crate::reports::indicators::rules::Warning;

words! {
    /// What a row of the annual report is about.
    pub enum AnnualSection {
        /// The money of a fund, by what the ledger and the budgets say.
        Fund = "fund",
        /// What was spent, as printed and as returned.
        Expenditure = "expenditure",
        /// What was counted: outputs and outcomes, the people helped among them.
        Count = "count",
    }
}

/// One figure of the year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnnualRow {
    /// What it is about.
    pub section: AnnualSection,
    /// The fund.
    pub fund: Option<Named>,
    /// The period of a fund's figure: the year, or the several years that were never split and hold it.
    #[schema(max_length = 7)]
    pub period: Option<String>,
    /// The programme.
    pub programme: Option<Named>,
    /// The area; null for all together.
    pub area: Option<Named>,
    /// What is measured: an amount of the fund (`committed`), what was spent on, the series of a printed figure, or the indicator.
    #[schema(max_length = 500)]
    pub measure: String,
    /// `pounds`, or what is counted.
    #[schema(max_length = 80)]
    pub unit: String,
    /// How much money.
    #[schema(value_type = Option<i64>)]
    pub amount_pence: Option<Pence>,
    /// How many.
    pub value: Option<Quantity>,
    /// The year's target.
    pub target: Option<Quantity>,
    /// Whether the figure can be read.
    pub state: BoardCountState,
    /// Whether returns report it or a paper prints it; null of what the service keeps itself.
    pub origin: Option<Origin>,
    /// How final a printed figure is (R21).
    pub figure_status: Option<FigureStatus>,
    /// The word printed before it.
    #[schema(max_length = 80)]
    pub qualifier: Option<String>,
    /// What exactly is counted.
    #[schema(max_length = 500)]
    pub basis: Option<String>,
    /// What to know about the figure.
    #[schema(max_items = 100)]
    pub warnings: Vec<Warning>,
}

impl AnnualRow {
    const fn empty(section: AnnualSection, measure: String, unit: String) -> Self {
        Self {
            section,
            fund: None,
            period: None,
            programme: None,
            area: None,
            measure,
            unit,
            amount_pence: None,
            value: None,
            target: None,
            state: BoardCountState::Shown,
            origin: None,
            figure_status: None,
            qualifier: None,
            basis: None,
            warnings: Vec::new(),
        }
    }

    fn money(section: AnnualSection, measure: String, amount_pence: Option<Pence>) -> Self {
        Self { amount_pence, ..Self::empty(section, measure, POUNDS.to_owned()) }
    }

    /// The rows of a fund: its amounts, and how many awards, projects and organisations it has.
    pub(super) fn of_fund(row: &FundSummaryRow) -> Vec<Self> {
        let of = |one: Self| Self { fund: row.fund.clone(), period: row.financial_year.clone(), ..one };
        let money = amounts(&row.amounts).map(|(measure, pence)| of(Self::money(AnnualSection::Fund, measure.to_owned(), pence)));
        let counted = counts(&row.amounts).map(|(measure, count)| {
            let value = count.checked_mul(1_000).map(Quantity);
            of(Self { value, ..Self::empty(AnnualSection::Fund, measure.to_owned(), measure.to_owned()) })
        });
        money.into_iter().chain(counted).collect()
    }

    /// What was spent.
    pub(super) fn of_expenditure(row: ExpenditureRow) -> Self {
        let measure = row.category.or(row.series).or(row.subject).unwrap_or_else(|| "expenditure".to_owned());
        Self {
            fund: row.fund,
            programme: row.programme,
            origin: Some(row.origin),
            figure_status: row.figure_status,
            qualifier: row.qualifier,
            basis: row.basis,
            ..Self::money(AnnualSection::Expenditure, measure, Some(row.amount_pence))
        }
    }

    /// What was counted in the year.
    pub(super) fn of_count(row: BoardRow) -> Self {
        Self {
            fund: row.fund,
            programme: row.programme,
            area: row.area,
            value: row.year_to_date.value,
            target: row.year_to_date.target,
            state: row.year_to_date.state,
            origin: Some(row.origin),
            qualifier: row.qualifier,
            warnings: row.warnings,
            ..Self::empty(AnnualSection::Count, row.indicator.name, row.indicator.unit)
        }
    }
}

/// The unit of money.
const POUNDS: &str = "pounds";

const fn amounts(of: &AllocationAmounts) -> [(&'static str, Option<Pence>); 9] {
    [
        ("budgeted", of.budgeted_pence),
        ("at_risk", of.at_risk_pence),
        ("offered", Some(of.offered_pence)),
        ("committed", Some(of.committed_pence)),
        ("shortfall", of.shortfall_pence),
        ("paid", Some(of.paid_pence)),
        ("recovered", Some(of.recovered_pence)),
        ("reported_spend", Some(of.reported_spend_pence)),
        ("uncommitted", of.uncommitted_pence),
    ]
}

const fn counts(of: &AllocationAmounts) -> [(&'static str, i64); 3] {
    [("awards", of.award_count), ("projects", of.project_count), ("providers", of.provider_count)]
}

impl Flat for AnnualRow {
    const COLUMNS: &'static [&'static str] = &[
        "section",
        "fund_code",
        "fund_name",
        "programme_code",
        "programme_name",
        "area_code",
        "area_name",
        "measure",
        "unit",
        "amount_pounds",
        "value",
        "target",
        "state",
        "origin",
        "figure_status",
        "qualifier",
        "basis",
        "warnings",
        "period",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len());
        cells.push(Cell::text(Some(self.section.word())));
        for named in [&self.fund, &self.programme, &self.area] {
            cells.extend(Cell::named(named.as_ref()));
        }
        cells.extend([&self.measure, &self.unit].map(|words| Cell::Text(words.clone())));
        cells.push(Cell::pounds(self.amount_pence));
        cells.extend([self.value, self.target].map(Cell::number));
        cells.push(Cell::text(Some(self.state.word())));
        cells.push(Cell::text(self.origin.map(Origin::word)));
        cells.push(Cell::text(self.figure_status.map(FigureStatus::word)));
        cells.push(Cell::text(self.qualifier.as_deref()));
        cells.push(Cell::text(self.basis.as_deref()));
        cells.push(Cell::list(self.warnings.iter().map(|warning| warning.word())));
        cells.push(Cell::text(self.period.as_deref()));
        cells
    }
}
