//! Expenditure over HTTP.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::figures::control_totals::ControlScope;
use crate::figures::printed::FigureKind;
use crate::http::table::Format;
use crate::http::{Api, Ask, Search};
use crate::kernel::{FigureStatus, FinancialYear, Moment, Pence, PeriodLabel, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Report};
use crate::reports::asked::{At, Question, each_once, report};
use crate::reports::book::Dimension;
use crate::reports::control_totals::{self, ControlTotalCheck};
use crate::reports::expenditure::asked::Asked;
use crate::reports::expenditure::returned::{self, ReturnedTotal};
use crate::reports::expenditure::rows::{ExpenditureGrouping, ExpenditureRow, Origin};
use crate::reports::expenditure::rules::shared_status;
use crate::reports::printed::PrintedFigure;
use crate::reports::printed::store as printed;
use crate::returns::rules::SpendCategory;
use crate::store::Conn;

/// What is asked of the expenditure.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ExpenditureQuestion {
    /// Only of these funds, by code or id. May stand several times.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only of these programmes, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only of these financial years.
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only figures of these series.
    #[serde(default)]
    #[schema(max_items = 20)]
    series: Vec<String>,
    /// Only figures of this origin.
    origin: Option<Origin>,
    /// Only what was spent out of awards with money of these funding sources alone, by code or id. A printed figure belongs to none of this or of what
    /// follows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    source: Vec<String>,
    /// Only out of awards of these tranches, by reference or id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    tranche: Vec<String>,
    /// Only out of awards of these providers, by reference or id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only out of these awards, by reference or id; what their parts spend is money of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    award: Vec<String>,
    /// Only out of awards that cover these areas, alone or with others, by code or id. Their spend is never split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    area: Vec<String>,
    /// Only out of awards with these themes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    theme: Vec<String>,
    /// Only out of awards of these categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    award_category: Vec<String>,
    /// Only what was spent on this, by returns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 12)]
    category: Vec<SpendCategory>,
    /// What rows are told apart by, in this order: fund, programme, period and category where it is left out, and each printed figure by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 11)]
    group_by: Vec<ExpenditureGrouping>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl ExpenditureQuestion {
    /// What accepted returns spent in one financial year, told apart by this.
    #[must_use]
    pub fn returned_in(year: FinancialYear, group_by: Vec<ExpenditureGrouping>) -> Self {
        Self { origin: Some(Origin::Returned), group_by, ..Self::of_year(year) }
    }

    /// All that was spent in one financial year.
    #[must_use]
    pub fn of_year(year: FinancialYear) -> Self {
        Self {
            fund: Vec::new(),
            programme: Vec::new(),
            financial_year: PeriodLabel::spanning(year, year).into_iter().collect(),
            series: Vec::new(),
            origin: None,
            source: Vec::new(),
            tranche: Vec::new(),
            provider: Vec::new(),
            award: Vec::new(),
            area: Vec::new(),
            theme: Vec::new(),
            award_category: Vec::new(),
            category: Vec::new(),
            group_by: Vec::new(),
            as_at: None,
            known_at: None,
            format: None,
        }
    }

    /// The words by which records are asked for.
    pub(super) fn records(&self) -> [(Dimension, &[String]); 7] {
        [
            (Dimension::Fund, &self.fund),
            (Dimension::Programme, &self.programme),
            (Dimension::Source, &self.source),
            (Dimension::Tranche, &self.tranche),
            (Dimension::Provider, &self.provider),
            (Dimension::Award, &self.award),
            (Dimension::Area, &self.area),
        ]
    }

    /// What was spent on, as it is asked for.
    pub(super) fn categories(&self) -> &[SpendCategory] {
        &self.category
    }

    /// The periods that are asked for.
    pub(super) fn years(&self) -> Vec<String> {
        self.financial_year.iter().map(PeriodLabel::to_string).collect()
    }

    /// What rows are told apart by, where that is asked.
    pub(super) fn group_by(&self) -> Vec<ExpenditureGrouping> {
        each_once(&self.group_by)
    }

    /// The words of awards that are asked for.
    pub(super) fn words(&self) -> [(Dimension, &[String]); 2] {
        [(Dimension::Theme, &self.theme), (Dimension::Category, &self.award_category)]
    }
}

impl Question for ExpenditureQuestion {
    const NAME: &'static str = "expenditure";
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

/// What the printed figures of a series come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeriesTotal {
    /// The series.
    #[schema(max_length = 200)]
    pub series: String,
    /// Their sum.
    #[schema(value_type = i64)]
    pub amount_pence: Pence,
    /// How many figures it adds up.
    pub figure_count: i64,
    /// How final the sum is: the status that all its figures share; null where they differ.
    pub figure_status: Option<FigureStatus>,
    /// Whether its figures count the same thing.
    pub has_one_basis: bool,
}

/// What was spent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExpenditureReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What rows are told apart by, where that was asked.
    group_by: Vec<ExpenditureGrouping>,
    /// What printed figures come to, by series.
    series: Vec<SeriesTotal>,
    /// What accepted returns come to.
    returned: ReturnedTotal,
    /// Whether the ledger out of which it was paid agrees with itself, added up another way. What returns report and papers print is no money of the ledger.
    pub ledger_check: LedgerAgreement,
    /// Printed totals of the series shown.
    control_totals: Vec<ControlTotalCheck>,
    /// Printed figures by series and period, then returns by fund, programme, period and category, or groups of both.
    #[schema(max_items = 1_000_000)]
    pub rows: Vec<ExpenditureRow>,
}

impl Report for ExpenditureReport {
    type Row = ExpenditureRow;
    type Rows = std::vec::IntoIter<ExpenditureRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
    fn is_grouped(&self) -> bool {
        !self.group_by.is_empty()
    }
}

fn row_of(figure: &PrintedFigure, asked: &Asked) -> ExpenditureRow {
    ExpenditureRow {
        series: figure.series.clone(),
        subject: figure.subject.clone(),
        fund: figure.fund_id.and_then(|id| asked.funds.get(&id)).cloned(),
        programme: figure.programme_id.and_then(|id| asked.programmes.get(&id)).cloned(),
        period: figure.period.clone(),
        starts_on: figure.starts_on,
        ends_on: figure.ends_on,
        amount_pence: figure.amount_pence.unwrap_or_default(),
        figure_status: Some(figure.figure_status),
        precision: figure.precision,
        qualifier: figure.qualifier.clone(),
        basis: figure.basis.clone(),
        illustrative: figure.illustrative,
        ..ExpenditureRow::empty(Origin::Printed)
    }
}

fn printed_rows(figures: &[(String, PrintedFigure)], asked: &Asked, series: &[String]) -> Vec<ExpenditureRow> {
    let is_wanted = |figure: &&PrintedFigure| {
        figure.kind == FigureKind::Expenditure
            && (series.is_empty() || figure.series.as_ref().is_some_and(|own| series.contains(own)))
            && asked.wants_figure(figure)
    };
    let mut wanted: Vec<&PrintedFigure> = figures.iter().map(|(_, figure)| figure).filter(is_wanted).collect();
    wanted.sort_by(|a, b| {
        (a.series.is_none(), &a.series, a.starts_on, &a.period).cmp(&(b.series.is_none(), &b.series, b.starts_on, &b.period))
    });
    wanted.into_iter().map(|figure| row_of(figure, asked)).collect()
}

/// Printed figures put together by series and what of the rest they belong to. Series are never added to each other, and a figure of no series
/// stands by itself.
fn together(printed: Vec<ExpenditureRow>, by: &[ExpenditureGrouping]) -> Vec<ExpenditureRow> {
    let tells = |grouping| by.contains(&grouping);
    let is_same = |a: &ExpenditureRow, b: &ExpenditureRow| {
        a.series.is_some()
            && a.series == b.series
            && (!tells(ExpenditureGrouping::Fund) || a.fund == b.fund)
            && (!tells(ExpenditureGrouping::Programme) || a.programme == b.programme)
            && (!tells(ExpenditureGrouping::Period) || (&a.period, a.starts_on, a.ends_on) == (&b.period, b.starts_on, b.ends_on))
    };
    let mut groups: Vec<Vec<ExpenditureRow>> = Vec::new();
    for row in printed {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| is_same(first, &row))) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups.iter().filter_map(|group| one_of(group, by)).collect()
}

/// Printed figures as one row. What they do not share is told by none.
fn one_of(group: &[ExpenditureRow], by: &[ExpenditureGrouping]) -> Option<ExpenditureRow> {
    let first = group.first()?;
    let tells = |grouping| by.contains(&grouping);
    let period = Some(first).filter(|_| tells(ExpenditureGrouping::Period));
    let shared = |of: fn(&ExpenditureRow) -> &Option<String>| of(first).clone().filter(|_| group.iter().all(|row| of(row) == of(first)));
    Some(ExpenditureRow {
        series: first.series.clone(),
        subject: shared(|row| &row.subject),
        fund: first.fund.clone().filter(|_| tells(ExpenditureGrouping::Fund)),
        programme: first.programme.clone().filter(|_| tells(ExpenditureGrouping::Programme)),
        starts_on: period.and_then(|row| row.starts_on),
        ends_on: period.and_then(|row| row.ends_on),
        period: period.and_then(|row| row.period.clone()),
        amount_pence: group.iter().map(|row| row.amount_pence).sum(),
        figure_status: shared_status(&group.iter().filter_map(|row| row.figure_status).collect::<Vec<_>>()),
        precision: first.precision.filter(|own| group.iter().all(|row| row.precision == Some(*own))),
        qualifier: shared(|row| &row.qualifier),
        basis: shared(|row| &row.basis),
        illustrative: group.iter().any(|row| row.illustrative),
        figure_count: i64::try_from(group.len()).ok(),
        ..ExpenditureRow::empty(Origin::Printed)
    })
}

fn series_totals(rows: &[ExpenditureRow]) -> Vec<SeriesTotal> {
    let mut by_series: BTreeMap<&str, Vec<&ExpenditureRow>> = BTreeMap::new();
    for row in rows {
        if let Some(series) = &row.series {
            by_series.entry(series).or_default().push(row);
        }
    }
    let total = |(series, rows): (&str, Vec<&ExpenditureRow>)| SeriesTotal {
        series: series.to_owned(),
        amount_pence: rows.iter().map(|row| row.amount_pence).sum(),
        figure_count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        figure_status: shared_status(&rows.iter().filter_map(|row| row.figure_status).collect::<Vec<_>>()),
        has_one_basis: rows.iter().map(|row| &row.basis).collect::<HashSet<_>>().len() <= 1,
    };
    by_series.into_iter().map(total).collect()
}

/// Makes the report.
///
/// # Errors
/// A fault for each record asked for that there is not; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &ExpenditureQuestion) -> Result<ExpenditureReport, Refusal> {
    let ledger_check = LedgerAgreement::beside(conn, at)?;
    make_beside(conn, at, question, ledger_check)
}

/// Makes the report beside a ledger of which it is known already whether it agrees with itself.
///
/// # Errors
/// As for [`make`].
pub fn make_beside(
    conn: &mut Conn,
    at: At,
    question: &ExpenditureQuestion,
    ledger_check: LedgerAgreement,
) -> Result<ExpenditureReport, Refusal> {
    let asked = Asked::new(conn, at, question)?;
    let figures = printed::figures(conn, at)?;
    let printed = if question.origin == Some(Origin::Returned) { Vec::new() } else { printed_rows(&figures, &asked, &question.series) };
    let series = series_totals(&printed);
    let mut rows = if asked.group_by.is_empty() { printed } else { together(printed, &asked.group_by) };
    // A series is of printed figures alone.
    let mut returned = ReturnedTotal::default();
    if question.origin != Some(Origin::Printed) && question.series.is_empty() {
        let (of_returns, total) = returned::rows(conn, at, &asked)?;
        rows.extend(of_returns);
        returned = total;
    }
    let is_shown = |name: &String| series.iter().any(|one| one.series == *name);
    let mut totals = control_totals::store::totals(conn, at.known_at)?;
    totals.retain(|total| total.scope_kind == ControlScope::Series && total.series.iter().all(is_shown));
    let control_totals = control_totals::check(conn, totals, at)?;
    Ok(ExpenditureReport {
        as_at: at.as_at,
        known_at: at.known_at,
        group_by: asked.group_by,
        series,
        returned,
        ledger_check,
        control_totals,
        rows,
    })
}

async fn expenditure(call: Ask<can::ReportsRead, (), Search<ExpenditureQuestion>>) -> Result<Answer<ExpenditureReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/expenditure", "reports_expenditure", "Show what was spent, as printed and as returned", expenditure);
}
