//! The cost of outcomes over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{FinancialYear, Id, Moment, Named, Pence, Quantity, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::expenditure::routes::{self as expenditure, ExpenditureQuestion};
use crate::reports::expenditure::rows::ExpenditureGrouping;
use crate::reports::indicators::name::IndicatorName;
use crate::reports::indicators::routes::{self as indicators, IndicatorQuestion};
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorReportRow};
use crate::reports::indicators::rules::Warning;
use crate::reports::unit_costs::costs::each;
use crate::store::Conn;

/// Which year is asked for.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct UnitCostsQuestion {
    /// The financial year, such as `2020-21`.
    financial_year: FinancialYear,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for UnitCostsQuestion {
    const NAME: &'static str = "unit-costs";
    fn as_at(&self) -> Option<NaiveDate> {
        self.as_at
    }
    fn known_at(&self) -> Option<Moment> {
        self.known_at
    }
    fn format(&self) -> Option<Format> {
        self.format
    }
}

/// What an award counted in the year, and what each of it cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitCostRow {
    /// The award.
    award: Named,
    /// What is counted.
    indicator: IndicatorName,
    /// How many in the year, by accepted returns; the base of the cost.
    value: Option<Quantity>,
    /// What the award spent in the year on all that it does, by accepted returns; null where none says.
    #[schema(value_type = Option<i64>)]
    spent_pence: Option<Pence>,
    /// What each of them cost, to the penny; null without either, and of nought. Costs of several rows are never added.
    #[schema(value_type = Option<i64>)]
    cost_each_pence: Option<Pence>,
    /// Among how many counted things of the award that money stands, this one included.
    shared_among: i64,
    /// How many of the year's values were asked for and not reported.
    not_reported_count: i64,
    /// How many do not apply, as their returns say.
    not_applicable_count: i64,
    /// What exactly is counted, each basis once.
    #[schema(max_items = 100)]
    bases: Vec<String>,
    /// What to know about the value.
    #[schema(max_items = 100)]
    warnings: Vec<Warning>,
}

/// What outcomes cost, with their base.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitCostsReport {
    /// The year.
    financial_year: FinancialYear,
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// Whether the ledger out of which it was paid agrees with itself, added up another way. What returns report is no money of the ledger.
    ledger_check: LedgerAgreement,
    /// One row an award and indicator.
    #[schema(max_items = 1_000_000)]
    rows: Vec<UnitCostRow>,
}

impl Report for UnitCostsReport {
    type Row = UnitCostRow;
    type Rows = std::vec::IntoIter<UnitCostRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for UnitCostRow {
    const COLUMNS: &'static [&'static str] = &[
        "award_code",
        "award_name",
        "indicator_name",
        "unit",
        "value",
        "spent_pounds",
        "cost_each_pounds",
        "shared_among",
        "not_reported_count",
        "bases",
        "warnings",
        "not_applicable_count",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len());
        cells.extend(Cell::named(Some(&self.award)));
        cells.extend([&self.indicator.name, &self.indicator.unit].map(|words| Cell::Text(words.clone())));
        cells.push(Cell::number(self.value));
        cells.extend([self.spent_pence, self.cost_each_pence].map(Cell::pounds));
        cells.extend([self.shared_among, self.not_reported_count].map(Cell::count));
        cells.push(Cell::list(self.bases.iter().map(String::as_str)));
        cells.push(Cell::list(self.warnings.iter().map(|warning| warning.word())));
        cells.push(Cell::count(self.not_applicable_count));
        cells
    }
}

/// What is counted by itself: a percentage, or money, has no cost for each.
fn is_counted(row: &IndicatorReportRow) -> bool {
    ["output", "outcome"].contains(&row.indicator.kind.as_str())
        && !["percent", "pounds"].contains(&row.indicator.unit.as_str())
        && row.denominator.is_none()
}

fn make(conn: &mut Conn, at: At, question: &UnitCostsQuestion) -> Result<UnitCostsReport, Refusal> {
    let year = question.financial_year;
    let counted = indicators::make(conn, at, &IndicatorQuestion::returned_in(year, vec![IndicatorGrouping::Award]))?;
    let spent = expenditure::make(conn, at, &ExpenditureQuestion::returned_in(year, vec![ExpenditureGrouping::Award]))?;
    let ledger_check = spent.ledger_check;
    let spent: HashMap<Id, Pence> = spent.rows.into_iter().filter_map(|row| row.award.map(|award| (award.id, row.amount_pence))).collect();
    let counted: Vec<(Named, IndicatorReportRow)> =
        counted.rows.into_iter().filter(is_counted).filter_map(|row| row.award.clone().map(|award| (award, row))).collect();
    let mut among: HashMap<Id, i64> = HashMap::new();
    for (award, _) in &counted {
        *among.entry(award.id).or_default() += 1;
    }
    let row = |(award, row): (Named, IndicatorReportRow)| {
        let spent_pence = spent.get(&award.id).copied();
        UnitCostRow {
            cost_each_pence: spent_pence.zip(row.value).and_then(|(spent, value)| each(spent, value)),
            spent_pence,
            shared_among: among.get(&award.id).copied().unwrap_or_default(),
            award,
            indicator: row.indicator,
            value: row.value,
            not_reported_count: row.not_reported_count,
            not_applicable_count: row.not_applicable_count,
            bases: row.bases,
            warnings: row.warnings,
        }
    };
    let rows = counted.into_iter().map(row).collect();
    Ok(UnitCostsReport { financial_year: year, as_at: at.as_at, known_at: at.known_at, ledger_check, rows })
}

async fn unit_costs(call: Ask<can::CountsRead, (), Search<UnitCostsQuestion>>) -> Result<Answer<UnitCostsReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/unit-costs", "reports_unit_costs", "Show what outcomes cost in a year, with what was counted", unit_costs);
}
