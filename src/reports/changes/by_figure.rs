//! Changes of any report about money over HTTP, figure by figure.

use std::collections::HashMap;
use std::time::Instant;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Moment, Pence, Quantity, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report_named};
use crate::reports::changes::figures::{Changed, Figures, unexplained};
use crate::reports::changes::logged::LoggedAct;
use crate::reports::changes::pages;
use crate::reports::changes::store::{self, EventRow};
use crate::reports::changes::walk::{Ends, Step, Walked, walk};
use crate::reports::{at_risk, expenditure, fund_summary, outturn, shares, tranche_summary, underspend};
use crate::store::Conn;

words! {
    /// A report whose changes are explained figure by figure. Those of the allocations are explained by row in `changes`.
    pub enum ExplainedReport {
        /// `fund-summary`.
        FundSummary = "fund-summary",
        /// `tranche-summary`.
        TrancheSummary = "tranche-summary",
        /// `expenditure`.
        Expenditure = "expenditure",
        /// `outturn`.
        Outturn = "outturn",
        /// `underspend`, by award.
        Underspend = "underspend",
        /// `shares`.
        Shares = "shares",
        /// `at-risk`, by budget line.
        AtRisk = "at-risk",
    }
}

impl ExplainedReport {
    /// The columns by which its rows are told apart.
    const fn told_apart_by(self) -> &'static [&'static str] {
        match self {
            Self::FundSummary => &["fund_code", "financial_year"],
            Self::TrancheSummary => &["tranche_reference"],
            Self::Expenditure => {
                &["origin", "series", "subject", "fund_code", "programme_code", "period", "starts_on", "ends_on", "category"]
            }
            Self::Outturn => &["award_reference", "quarter"],
            Self::Underspend => &["award_reference", "funding_source_code", "quarter"],
            Self::Shares => &["share", "money"],
            Self::AtRisk => &["fund_code", "financial_year", "source_code", "budget_line_reference"],
        }
    }

    /// The report as at a day and known at a moment, of some funds or all. Whether the ledger beside it agrees with itself is asked at both ends alone.
    fn figures(self, conn: &mut Conn, at: At, fund: &[String], is_end: bool) -> Result<Figures, Refusal> {
        let is_beside = matches!(self, Self::Expenditure | Self::Outturn);
        let ledger = if is_beside && is_end { LedgerAgreement::beside(conn, at)? } else { LedgerAgreement::NONE };
        let (by, asked) = (self.told_apart_by(), json!({ "fund": fund }));
        Ok(match self {
            Self::FundSummary => Figures::of(fund_summary::routes::make(conn, at, &question(asked)?)?, |one| one.ledger_check, by),
            Self::TrancheSummary => Figures::of(tranche_summary::routes::make(conn, at, &question(asked)?)?, |one| one.ledger_check, by),
            Self::Expenditure => {
                let made = expenditure::routes::make_beside(conn, at, &question(asked)?, ledger)?;
                Figures::of(made, |one| one.ledger_check, by)
            }
            Self::Outturn => Figures::of(outturn::routes::make_beside(conn, at, &question(asked)?, ledger)?, |one| one.ledger_check, by),
            Self::Underspend => Figures::of(underspend::routes::make(conn, at, &question(asked)?)?, |one| one.ledger_check, by),
            Self::Shares => Figures::of(shares::routes::make(conn, at, &question(asked)?)?, |one| one.ledger_check, by),
            Self::AtRisk => Figures::of(at_risk::routes::make(conn, at, &question(asked)?)?, |one| one.ledger_check, by),
        })
    }
}

fn question<Q: Question + for<'a> Deserialize<'a>>(asked: serde_json::Value) -> Result<Q, Refusal> {
    serde_json::from_value(asked).map_err(Refusal::broken)
}

/// What is asked of the changes of a report.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct FigureChangesQuestion {
    /// Which report.
    report: ExplainedReport,
    /// What was known at this moment is compared: the `known_at` of the earlier report.
    from_known_at: Moment,
    /// With what was known at this one: the `known_at` of the later report; the latest closed moment where it is left out.
    to_known_at: Option<Moment>,
    /// Only these funds, by code or id. May stand several times.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Go on after this moment: the `next_after_known_at` of the page before.
    after_known_at: Option<Moment>,
    /// How many acts one answer explains at the most; 500 where it is left out.
    #[schema(minimum = 1, maximum = 500)]
    limit: Option<u16>,
    /// As at this day, in both reports; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for FigureChangesQuestion {
    const NAME: &'static str = "figure-changes";
    fn as_at(&self) -> Option<NaiveDate> {
        self.as_at
    }
    fn known_at(&self) -> Option<Moment> {
        self.to_known_at
    }
    fn known_from(&self) -> Option<Moment> {
        Some(self.from_known_at)
    }
    fn format(&self) -> Option<Format> {
        self.format
    }
}

/// A figure that is another than it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChangedFigure {
    /// Which row of the report: what it is told apart by, such as `fund_code` and `financial_year`.
    #[schema(max_length = 4000)]
    row: String,
    /// Which column of its table.
    #[schema(max_length = 100)]
    column: String,
    /// What stood there, as the table shows it; null where nothing did.
    #[schema(max_length = 40_000)]
    before: Option<String>,
    /// What stands there; null where nothing does.
    #[schema(max_length = 40_000)]
    after: Option<String>,
    /// By how much money it is more; null of what is no money.
    #[schema(value_type = Option<i64>)]
    difference_pence: Option<Pence>,
    /// By how much it is more; null of what is no number, and of money.
    difference: Option<Quantity>,
}

/// What one act did to one figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureChangeRow {
    /// The act.
    #[serde(flatten)]
    logged: LoggedAct,
    /// The figure before the act and after it.
    #[serde(flatten)]
    figure: ChangedFigure,
}

/// What differs between two runs of a report, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FigureChangesReport {
    /// Which report.
    report: ExplainedReport,
    /// The day of both reports.
    as_at: NaiveDate,
    /// The moment of the earlier one.
    from_known_at: Moment,
    /// The moment of the later one.
    known_at: Moment,
    /// Whether anything differs.
    is_changed: bool,
    /// This page explains what was recorded after this moment
    explained_from: Moment,
    /// and up to this one.
    explained_to: Moment,
    /// At how many moments between both reports the log has an act on a record that reports are read from; others, such as on users, are none of them.
    #[schema(minimum = 0)]
    act_count: i64,
    /// Where more acts lie between both than one answer explains: ask again with this as `after_known_at`. Null on the last page.
    next_after_known_at: Option<Moment>,
    /// How many figures this page's acts do not lead from what they were to what they are; nothing where the log is whole.
    #[schema(minimum = 0)]
    unexplained_count: i64,
    /// Whether both reports agree with the whole ledger, added up another way, and how many movements the later one is made of.
    ledger_check: LedgerAgreement,
    /// The figures that differ between the two reports, by row and column.
    #[schema(max_items = 1_000_000)]
    differences: Vec<ChangedFigure>,
    /// What each act of the page did to each figure, in the order in which the acts were recorded. Over all pages they lead from the earlier report to the
    /// later one.
    #[schema(max_items = 1_000_000)]
    rows: Vec<FigureChangeRow>,
}

impl Report for FigureChangesReport {
    type Row = FigureChangeRow;
    type Rows = std::vec::IntoIter<FigureChangeRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for FigureChangeRow {
    const COLUMNS: &'static [&'static str] = LoggedAct::COLUMNS;
    const MORE: &'static [&'static [&'static str]] = &[&["row", "column", "before", "after", "difference_pounds", "difference"]];

    fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.logged.cells().collect();
        cells.extend([&self.figure.row, &self.figure.column].map(|words| Cell::Text(words.clone())));
        cells.extend([&self.figure.before, &self.figure.after].map(|words| Cell::text(words.as_deref())));
        cells.extend([Cell::pounds(self.figure.difference_pence), Cell::number(self.figure.difference)]);
        cells
    }
}

impl ChangedFigure {
    fn new(changed: &Changed, told_apart_by: &[&str]) -> Self {
        let (key, number) = &changed.key;
        let parts = told_apart_by.iter().zip(key).filter(|(_, value)| !value.is_empty());
        let mut row: Vec<String> = parts.map(|(column, value)| format!("{column} {value}")).collect();
        if *number > 0 {
            row.push((number + 1).to_string());
        }
        let shown = |cell: &Cell| Some(cell.words()).filter(|_| *cell != Cell::Empty);
        Self {
            row: row.join(", "),
            column: changed.column.to_owned(),
            before: shown(&changed.before),
            after: shown(&changed.after),
            difference_pence: changed.pence(),
            difference: changed.number(),
        }
    }
}

fn rows(steps: &[Step<Vec<Changed>>], events: &HashMap<Moment, Vec<EventRow>>, by: &[&str], with_people: bool) -> Vec<FigureChangeRow> {
    let of = |step: &Step<Vec<Changed>>| -> Vec<FigureChangeRow> {
        let logged = LoggedAct::of(step.recorded_at, events.get(&step.recorded_at), with_people);
        let row = |changed: &Changed| FigureChangeRow { logged: logged.clone(), figure: ChangedFigure::new(changed, by) };
        step.did.iter().map(row).collect()
    };
    steps.iter().flat_map(of).collect()
}

fn make(conn: &mut Conn, at: At, question: &FigureChangesQuestion, with_people: bool) -> Result<FigureChangesReport, Refusal> {
    let began = Instant::now();
    let limit = question.limit.unwrap_or(pages::ACTS_MAX);
    let page = pages::Asked { from: question.from_known_at, to: at.known_at, after: question.after_known_at, limit };
    page.check()?;
    let all = store::logged(conn, page.from, page.to)?;
    let stretch = page.stretch(&all);
    let mut seen = |known_at, is_end| question.report.figures(conn, At { known_at, ..at }, &question.fund, is_end);
    let (before, after) = (seen(page.from, true)?, seen(page.to, true)?);
    let mut picture = |known_at| seen(known_at, false);
    let first = if stretch.from == page.from { before.clone() } else { picture(stretch.from)? };
    let last = if stretch.to == page.to { after.clone() } else { picture(stretch.to)? };
    let ends = Ends { from: stretch.from, before: &first, to: stretch.to, after: &last };
    let steps = match walk(&stretch.moments, &ends, picture, || began.elapsed() > pages::PATIENCE)? {
        Walked::Whole(steps) => steps,
        Walked::Stopped(done) => return Err(pages::too_slow(done)),
    };
    let of_steps: Vec<Moment> = steps.iter().map(|step| step.recorded_at).collect();
    let events = store::events(conn, &of_steps)?;
    let each = steps.iter().flat_map(|step| {
        let is_logged = events.contains_key(&step.recorded_at);
        step.did.iter().map(move |one| (one, is_logged))
    });
    let (by, differences) = (question.report.told_apart_by(), after.differences(&before));
    let ledger = |figures: &Figures| figures.ledger.unwrap_or(LedgerAgreement::NONE);
    Ok(FigureChangesReport {
        report: question.report,
        as_at: at.as_at,
        from_known_at: page.from,
        known_at: at.known_at,
        is_changed: !differences.is_empty(),
        explained_from: stretch.from,
        explained_to: stretch.to,
        act_count: i64::try_from(all.len()).unwrap_or(i64::MAX),
        next_after_known_at: stretch.next,
        unexplained_count: unexplained(&last.differences(&first), each),
        ledger_check: LedgerAgreement { balanced: ledger(&before).balanced && ledger(&after).balanced, ..ledger(&after) },
        differences: differences.iter().map(|one| ChangedFigure::new(one, by)).collect(),
        rows: rows(&steps, &events, by, with_people),
    })
}

async fn figure_changes(call: Ask<can::ReportsRead, (), Search<FigureChangesQuestion>>) -> Result<Answer<FigureChangesReport>, Refusal> {
    let with_people = call.input.caller.may(Permission::AuditRead);
    // Another name has another tag: a cache must not take the one answer for the other.
    let name = if with_people { FigureChangesQuestion::NAME } else { "figure-changes-without-people" };
    report_named(call, name, move |conn, at, question| make(conn, at, question, with_people)).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Explain what differs between two runs of a report about money, figure by figure and act by act";
    api.get("/v1/reports/changes/figures", "reports_figure_changes", summary, figure_changes);
}
