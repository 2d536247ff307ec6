//! The allocation report over HTTP.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, PeriodLabel, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::allocations::amounts::{AllocationAmounts, AllocationRow, AllocationRows, Scope};
use crate::reports::allocations::by_award;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Posed, Question, each_once};
use crate::reports::book::rules::add_up;
use crate::reports::book::values::Values;
use crate::reports::book::{Book, Dimension, Filter, Needs};
use crate::reports::control_totals::{ControlTotalCheck, within};
use crate::reports::names;
use crate::store::Conn;

/// What is asked of the allocations.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct AllocationQuestion {
    /// Only these funds, by code or id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only these financial years, or periods of several years that were never split (`2016-22`).
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only money of these funding sources, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    source: Vec<String>,
    /// Only these tranches, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    tranche: Vec<String>,
    /// Only these providers, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only these programmes, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only these themes.
    #[serde(default)]
    #[schema(max_items = 20)]
    theme: Vec<String>,
    /// Only these categories.
    #[serde(default)]
    #[schema(max_items = 20)]
    category: Vec<String>,
    /// Only awards that cover these areas, alone or with others, by code or id. Their amounts are never split.
    #[serde(default)]
    #[schema(max_items = 20)]
    area: Vec<String>,
    /// What rows are grouped by, in this order: fund and provider where it is left out.
    #[serde(default)]
    #[schema(max_items = 11)]
    group_by: Vec<Dimension>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for AllocationQuestion {
    const NAME: &'static str = "allocations";
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

/// What was budgeted, set aside, offered, committed and paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AllocationReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What the rows are grouped by.
    group_by: Vec<Dimension>,
    /// Everything asked for together.
    totals: AllocationAmounts,
    /// Whether the books balance.
    ledger_check: LedgerAgreement,
    /// Printed totals of fund periods and tranches within the question.
    control_totals: Vec<ControlTotalCheck>,
    /// The rows, in the order of what they are grouped by.
    #[schema(max_items = 1_000_000)]
    rows: Vec<AllocationRow>,
    /// What they are made of as they are written, since a row with its names takes many times the memory of its amounts.
    #[serde(skip)]
    made_of: AllocationRows,
}

impl Report for AllocationReport {
    type Row = AllocationRow;
    type Rows = AllocationRows;
    fn take_rows(&mut self) -> AllocationRows {
        std::mem::take(&mut self.made_of)
    }
}

/// What a question is narrowed to, in its own words.
#[derive(Debug, Clone, Copy)]
pub struct Narrowing<'a> {
    /// Funds.
    pub fund: &'a [String],
    /// Financial years.
    pub financial_year: &'a [PeriodLabel],
    /// Funding sources.
    pub source: &'a [String],
    /// Tranches.
    pub tranche: &'a [String],
    /// Providers.
    pub provider: &'a [String],
    /// Programmes.
    pub programme: &'a [String],
    /// Themes.
    pub theme: &'a [String],
    /// Categories.
    pub category: &'a [String],
    /// Areas.
    pub area: &'a [String],
}

impl Narrowing<'_> {
    /// The filter over a book.
    ///
    /// # Errors
    /// A fault for each word that names nothing; [`Refusal::Store`] where the database fails.
    pub fn filter(&self, conn: &mut Conn, book: &Book) -> Result<Filter, Refusal> {
        Ok(self.narrowed(conn)?.filter(&book.values))
    }

    /// What the words stand for.
    ///
    /// # Errors
    /// As for [`Self::filter`].
    pub fn narrowed(&self, conn: &mut Conn) -> Result<Narrowed, Refusal> {
        let mut narrowed = Narrowed::default();
        let mut faults = Faults::new();
        let records = [
            (Dimension::Fund, self.fund),
            (Dimension::Source, self.source),
            (Dimension::Tranche, self.tranche),
            (Dimension::Provider, self.provider),
            (Dimension::Programme, self.programme),
            (Dimension::Area, self.area),
        ];
        for (dimension, words) in records.into_iter().filter(|(_, words)| !words.is_empty()) {
            narrowed.records.push((dimension, names::resolve(conn, dimension, dimension.word(), words, &mut faults)?));
        }
        let years: Vec<String> = self.financial_year.iter().map(PeriodLabel::to_string).collect();
        let words = [(Dimension::FinancialYear, &*years), (Dimension::Theme, self.theme), (Dimension::Category, self.category)];
        for (dimension, words) in words.into_iter().filter(|(_, words)| !words.is_empty()) {
            names::check_words(conn, dimension, words, &mut faults)?;
            narrowed.words.push((dimension, words.to_vec()));
        }
        faults.into_result().map(|()| narrowed)
    }
}

/// What a question is narrowed to, by records and words.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    records: Vec<(Dimension, HashSet<Id>)>,
    words: Vec<(Dimension, Vec<String>)>,
}

impl Narrowed {
    /// The filter over facts whose dimensions have these values.
    #[must_use]
    pub fn filter(&self, values: &Values) -> Filter {
        let mut filter = Filter::default();
        for (dimension, ids) in &self.records {
            filter.narrow(*dimension, values.numbers_of(*dimension, ids));
        }
        for (dimension, words) in &self.words {
            filter.narrow(*dimension, values.numbers_of_words(*dimension, words));
        }
        filter
    }
}

impl AllocationQuestion {
    /// What rows are grouped by.
    pub(super) fn grouping(&self) -> Vec<Dimension> {
        let by = each_once(&self.group_by);
        if by.is_empty() { vec![Dimension::Fund, Dimension::Provider] } else { by }
    }

    /// What has to be read for that.
    pub(super) fn needs(&self, by: &[Dimension]) -> Needs {
        Needs {
            areas: by.contains(&Dimension::Area) || !self.area.is_empty(),
            awards: by.contains(&Dimension::Award),
            statuses: by.contains(&Dimension::ProviderStatus),
        }
    }

    pub(super) fn narrowing(&self) -> Narrowing<'_> {
        Narrowing {
            fund: &self.fund,
            financial_year: &self.financial_year,
            source: &self.source,
            tranche: &self.tranche,
            provider: &self.provider,
            programme: &self.programme,
            theme: &self.theme,
            category: &self.category,
            area: &self.area,
        }
    }
}

fn make(conn: &mut Conn, at: At, question: &AllocationQuestion) -> Result<AllocationReport, Refusal> {
    let by = question.grouping();
    let mut book = Book::load(conn, at, question.needs(&by))?;
    let filter = question.narrowing().filter(conn, &book)?;
    let scope = Scope::new(&filter.dimensions().collect::<Vec<_>>(), &by);
    let (mut groups, sums) = add_up(&book.facts, &filter, &by);
    // Each fact is in its group now, and there may be many.
    book.facts = Vec::new();
    let order = book.values.order(&by);
    groups.sort_by(|one, other| order.compare(&one.keys, &other.keys));
    let mut rows_sum = crate::reports::book::Sums::default();
    groups.iter().for_each(|group| rows_sum += group.sums);
    let is_held = rows_sum.money() == sums.money();
    Ok(AllocationReport {
        as_at: at.as_at,
        known_at: at.known_at,
        totals: scope.amounts(&sums, true),
        ledger_check: LedgerAgreement::of_book(&book).holding(is_held),
        control_totals: control_totals(conn, at, question, scope)?,
        rows: Vec::new(),
        made_of: AllocationRows::new(groups, book.values, scope),
        group_by: by,
    })
}

/// Printed totals whose whole scope lies within the question.
fn control_totals(conn: &mut Conn, at: At, question: &AllocationQuestion, scope: Scope) -> Result<Vec<ControlTotalCheck>, Refusal> {
    if !scope.is_of_tranches() || !question.source.is_empty() {
        return Ok(Vec::new());
    }
    let mut faults = Faults::new();
    let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
    let tranches = names::resolve(conn, Dimension::Tranche, "tranche", &question.tranche, &mut faults)?;
    let years: Vec<String> = question.financial_year.iter().map(PeriodLabel::to_string).collect();
    within(conn, at, &funds, &tranches, &years)
}

impl Flat for AllocationRow {
    const COLUMNS: &'static [&'static str] = &[
        "fund_code",
        "fund_name",
        "financial_year",
        "source_code",
        "source_name",
        "tranche_reference",
        "tranche_name",
        "provider_reference",
        "provider_name",
        "provider_status",
        "programme_code",
        "programme_name",
        "theme",
        "category",
        "area_code",
        "area_name",
        "award_reference",
        "award_title",
    ];
    const MORE: &'static [&'static [&'static str]] = &[AllocationAmounts::COLUMNS];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + AllocationAmounts::COLUMNS.len() + 2);
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.push(Cell::text(self.financial_year.as_deref()));
        for record in [&self.source, &self.tranche, &self.provider] {
            cells.extend(Cell::named(record.as_ref()));
        }
        cells.push(Cell::text(self.provider_status.as_deref()));
        cells.extend(Cell::named(self.programme.as_ref()));
        cells.push(Cell::text(self.theme.as_deref()));
        cells.push(Cell::text(self.category.as_deref()));
        cells.push(Cell::text(self.area.as_ref().map(|area| area.code.as_str())));
        cells.push(Cell::text(self.area.as_ref().map(|area| area.name.as_str())));
        cells.extend(Cell::named(self.award.as_ref()));
        cells.extend(self.amounts.cells());
        cells
    }
}

impl AllocationAmounts {
    /// What they are called in a table.
    pub const COLUMNS: &'static [&'static str] = &[
        "budgeted_pounds",
        "at_risk_pounds",
        "earmarked_pounds",
        "allocated_pounds",
        "offered_pounds",
        "committed_pounds",
        "shortfall_pounds",
        "forward_commitments_pounds",
        "paid_pounds",
        "recovered_pounds",
        "released_pounds",
        "reported_spend_pounds",
        "forecast_pounds",
        "variance_pounds",
        "uncommitted_pounds",
        "unallocated_pounds",
        "award_count",
        "project_count",
        "provider_count",
        "not_evidenced_count",
        "unknown_amount_count",
        "illustrative_count",
        "reported_adjustments_pounds",
        "year_end_pounds",
    ];

    /// The amounts in the order of the columns, then the counts, then what was added to the columns later.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let pounds = [
            self.budgeted_pence,
            self.at_risk_pence,
            self.earmarked_pence,
            self.allocated_pence,
            Some(self.offered_pence),
            Some(self.committed_pence),
            self.shortfall_pence,
            Some(self.forward_commitments_pence),
            Some(self.paid_pence),
            Some(self.recovered_pence),
            Some(self.released_pence),
            Some(self.reported_spend_pence),
            self.forecast_pence,
            self.variance_pence,
            self.uncommitted_pence,
            self.unallocated_pence,
        ];
        let counts = [
            self.award_count,
            self.project_count,
            self.provider_count,
            self.not_evidenced_count,
            self.unknown_amount_count,
            self.illustrative_count,
        ];
        let later = [Cell::Pounds(self.reported_adjustments_pence), Cell::pounds(self.year_end_pence)];
        pounds.into_iter().map(Cell::pounds).chain(counts.into_iter().map(Cell::count)).chain(later)
    }
}

async fn allocations(call: Ask<can::ReportsRead, (), Search<AllocationQuestion>>) -> Result<Answer<AllocationReport>, Refusal> {
    let posed = Posed::of(call, AllocationQuestion::NAME).await?;
    if posed.format == Format::Csv && by_award::is_listed(&posed.question) {
        return posed.in_rows(by_award::rows).await;
    }
    posed.answered(make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Add up what was budgeted, set aside, offered, committed and paid";
    api.get("/v1/reports/allocations", "reports_allocations", summary, allocations);
}
