//! The board's quarter over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::Format;
use crate::http::{Api, Ask, Markdown, Search};
use crate::kernel::{Id, Moment, Quantity, Quarter, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::allocations::amounts::AllocationAmounts;
use crate::reports::answer::{Answer, Report};
use crate::reports::asked::{At, Question, report, report_named, settle};
use crate::reports::board::counts::{Beside, Counted, Figures, Known, figures, of_indicator};
use crate::reports::board::earlier::Earlier;
use crate::reports::board::funders::Funders;
use crate::reports::board::hiding;
use crate::reports::board::page;
use crate::reports::board::programmes::Programmes;
use crate::reports::board::rows::{BoardCountState, BoardProgramme, BoardRow};
use crate::reports::board::texts::{BoardText, texts};
use crate::reports::compliance::routes::{self as compliance, ComplianceQuestion, ComplianceRate};
use crate::reports::fund_summary::routes::{self as fund_summary, FundSummaryQuestion, FundSummaryRow};
use crate::reports::indicators::counted;
use crate::reports::indicators::rules::Point;
use crate::reports::indicators::store::{self as indicators, IndicatorRow, TargetRow};
use crate::reports::limits::store::small_below;
use crate::reports::names::store as names;
use crate::reports::printed::store as printed;
use crate::reports::returned::{self, Counting};
use crate::reports::sources::{self, FigureReturns, Link};
use crate::store::Conn;

/// Which quarter is asked for.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct BoardQuestion {
    /// The quarter, such as `2020-21-Q1`.
    quarter: Quarter,
    /// Only the row with this key, as its `returns_url` names it.
    #[schema(min_length = 16, max_length = 16)]
    row: Option<String>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for BoardQuestion {
    const NAME: &'static str = "board";
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

/// Which quarter's page is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BoardPageQuestion {
    /// The quarter, such as `2020-21-Q1`.
    quarter: Quarter,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
}

/// A quarter for the board. Counts of people below a limit, from 1 to 4 unless the office set another one, are suppressed, and so is what would give them
/// away.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BoardReport {
    /// The quarter.
    pub quarter: Quarter,
    /// The day.
    pub as_at: NaiveDate,
    /// The moment.
    pub known_at: Moment,
    /// The money of the quarter's financial year, all funds together.
    pub money: AllocationAmounts,
    /// Whether the books that the money is read from agree with the ledger; null in a snapshot of the time before that was told.
    #[serde(default)]
    pub ledger_check: Option<LedgerAgreement>,
    /// The same by fund.
    #[schema(max_items = 1000)]
    pub funds: Vec<FundSummaryRow>,
    /// The returns of the quarter, all together.
    pub returns: ComplianceRate,
    /// The same by fund.
    pub returns_by_fund: Vec<ComplianceRate>,
    /// Counts of people below this are suppressed, unless they are 0.
    pub small_below: Quantity,
    /// How many figures are suppressed.
    pub suppressed_count: i64,
    /// The snapshots of the year that were signed off before: what they show and hide decided on what is suppressed here.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub beside: Vec<Id>,
    /// The claims to funders with days in the year that were certified before: what a funder has of each decided on what is suppressed here, as it reads both.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub beside_claims: Vec<Id>,
    /// What providers say, as far as somebody released it.
    #[schema(max_items = 100_000)]
    pub texts: Vec<BoardText>,
    /// The programmes that had begun and not ended, and how far each had come when the quarter ended.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub programmes: Vec<BoardProgramme>,
    /// What was counted, by programme, fund, indicator, origin and area.
    #[schema(max_items = 1_000_000)]
    pub rows: Vec<BoardRow>,
}

impl Report for BoardReport {
    type Row = BoardRow;
    type Rows = std::vec::IntoIter<BoardRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

/// Gathers a quarter, as at a day and known at a moment, beside the snapshots that were signed off up to a moment, or at all, by the limit of
/// that moment.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, quarter: Quarter, signed_off_by: Option<Moment>) -> Result<BoardReport, Refusal> {
    let earlier = Earlier::find(conn, quarter.year(), signed_off_by)?;
    let funders = Funders::find(conn, quarter.year(), signed_off_by)?;
    let below = small_below(conn, signed_off_by)?;
    let summary = fund_summary::make(conn, at, &FundSummaryQuestion::of_year(quarter.year()))?;
    let returns = compliance::make(conn, at, &ComplianceQuestion::of_quarter(quarter))?;
    let (rows, programmes) = counts(conn, at, quarter, (&earlier, &funders, below))?;
    let states = rows.iter().flat_map(|row| [row.quarter.state, row.year_to_date.state]);
    let suppressed = states.filter(|state| *state == BoardCountState::Suppressed).count();
    Ok(BoardReport {
        quarter,
        as_at: at.as_at,
        known_at: at.known_at,
        money: summary.totals,
        ledger_check: Some(summary.ledger_check),
        funds: summary.rows,
        returns: returns.totals,
        returns_by_fund: returns.by_fund,
        texts: texts(conn, at, quarter)?,
        programmes,
        small_below: below,
        beside: earlier.ids(),
        beside_claims: funders.claims(),
        suppressed_count: i64::try_from(suppressed).unwrap_or(i64::MAX),
        rows,
    })
}

/// What was counted, and the programmes of the quarter.
type OfProgrammes = (Vec<BoardRow>, Vec<BoardProgramme>);

fn counts(
    conn: &mut Conn,
    at: At,
    quarter: Quarter,
    (earlier, funders, below): (&Earlier, &Funders, Quantity),
) -> Result<OfProgrammes, Refusal> {
    let (names_of_programmes, funds, areas) =
        (names::programmes(conn, at.known_at)?, names::funds(conn, at.known_at)?, names::areas(conn, at.known_at)?);
    let points: HashMap<Id, Vec<Point>> = counted::points(conn, at)?;
    let printed: HashMap<Id, Vec<Point>> = counted::printed(&printed::figures(conn, at)?);
    let (parts, owed) = (returned::parts(conn, at)?, returned::owed(conn, at)?);
    let (targets, programmes) = (indicators::targets(conn)?, Programmes::find(conn, at)?);
    let mut of: HashMap<(Id, i32), Vec<&TargetRow>> = HashMap::new();
    for target in &targets {
        of.entry((target.indicator_id, target.version)).or_default().push(target);
    }
    let beside = Beside { known: Known { areas: &areas, parts: &parts, owed: &owed }, earlier, funders, below };
    let all = indicators::indicators(conn, at)?;
    let own = |all: &HashMap<Id, Vec<Point>>, indicator: &IndicatorRow| all.get(&indicator.id).cloned().unwrap_or_default();
    let mut rows = Vec::new();
    for family in hiding::families(&all) {
        let made: Vec<Counted<'_>> = family
            .iter()
            .map(|indicator| Counted {
                indicator,
                points: own(&points, indicator),
                printed: own(&printed, indicator),
                targets: of.remove(&(indicator.id, indicator.version)).unwrap_or_default(),
                programme: indicator.programme_id.and_then(|id| names_of_programmes.get(&id)).cloned(),
                stage: programmes.stage(indicator.programme_id, quarter),
                fund: indicator.fund_id.and_then(|id| funds.get(&id)).cloned(),
            })
            .collect();
        let figures: Vec<Figures> = made.iter().map(|one| figures(one.indicator, &one.points, quarter, beside.known)).collect();
        let points: Vec<&[Point]> = made.iter().map(|one| one.points.as_slice()).collect();
        let hidden = hiding::hidden(&family, &figures, &points, quarter, &beside);
        for (counted, told) in made.iter().zip(figures.iter().zip(&hidden)) {
            rows.extend(of_indicator(counted, quarter, told, &beside));
        }
    }
    let code = |named: &Option<crate::kernel::Named>| named.as_ref().map(|named| named.code.clone());
    // Stable, so that areas and origins stay in their order.
    rows.sort_by_cached_key(|row| (code(&row.programme), code(&row.fund), row.indicator.name.clone(), row.indicator.id));
    let programmes = programmes.of(quarter, &names_of_programmes, &rows);
    Ok((rows, programmes))
}

async fn board(call: Ask<can::CountsRead, (), Search<BoardQuestion>>) -> Result<Answer<BoardReport>, Refusal> {
    report(call, |conn, at, question| {
        let mut report = asked_for(conn, at, question)?;
        let link = Link::to(RETURNS, question, at)?;
        for row in report.rows.iter_mut().filter(|row| !row.sources.is_empty()) {
            row.returns_url = Some(link.of(&row.key()));
        }
        Ok(report)
    })
    .await
}

/// The quarter with the rows that are asked for.
fn asked_for(conn: &mut Conn, at: At, question: &BoardQuestion) -> Result<BoardReport, Refusal> {
    let mut report = make(conn, at, question.quarter, Some(at.known_at))?;
    sources::only(&mut report.rows, question.row.as_deref(), BoardRow::key)?;
    Ok(report)
}

async fn board_returns(call: Ask<can::CountsRead, (), Search<BoardQuestion>>) -> Result<Answer<FigureReturns>, Refusal> {
    report_named(call, "board-returns", |conn, at, question| {
        let report = asked_for(conn, at, question)?;
        let ids = report.rows.iter().flat_map(|row| row.sources.iter().copied()).collect();
        sources::returns(conn, at, Counting::Accepted, question.row.clone(), &ids)
    })
    .await
}

async fn board_page(call: Ask<can::CountsRead, (), Search<BoardPageQuestion>>) -> Result<Markdown, Refusal> {
    let asked = call.input.query.0;
    let at = settle(&call.service.db, asked.as_at, asked.known_at).await?;
    let report = call.service.db.report(move |conn, _| make(conn, at, asked.quarter, Some(at.known_at))).await?;
    Ok(Markdown(page::written(&report)))
}

/// Where the returns behind rows are.
const RETURNS: &str = "/v1/reports/board/returns";

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/board", "reports_board", "Gather a quarter for the board, with small numbers suppressed", board);
    api.get(RETURNS, "reports_board_returns", "List all returns that a figure of the board's quarter comes from", board_returns);
    api.get("/v1/reports/board/page", "reports_board_page", "Show the board's quarter as a page to read", board_page);
}
