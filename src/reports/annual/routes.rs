//! The annual report's data over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::Format;
use crate::http::{Api, Ask, Search};
use crate::kernel::{FinancialYear, Id, Moment, PeriodLabel, Quantity, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::allocations::amounts::AllocationAmounts;
use crate::reports::annual::rows::AnnualRow;
use crate::reports::answer::{Answer, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::board::routes as board;
use crate::reports::expenditure::routes::{self as expenditure, ExpenditureQuestion};
use crate::reports::fund_summary::routes::{self as fund_summary, FundSummaryQuestion};
use crate::store::Conn;

/// Which year is asked for.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct AnnualQuestion {
    /// The financial year, such as `2020-21`.
    financial_year: FinancialYear,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for AnnualQuestion {
    const NAME: &'static str = "annual";
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

/// A financial year for the annual report (R81). Counts of very few people are suppressed as on the board's page of the year's last quarter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnnualReport {
    /// The year.
    financial_year: FinancialYear,
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// The money of all funds of this very year together. Periods of several years (`2016-22`) are rows of their own and not in it.
    money: AllocationAmounts,
    /// Whether the books balance.
    ledger_check: LedgerAgreement,
    /// Counts of people below this are suppressed, unless they are 0.
    small_below: Quantity,
    /// The board's snapshots of the year that were signed off before: what they show and hide decided on what is suppressed here.
    #[schema(max_items = 1000)]
    beside: Vec<Id>,
    /// One row a figure: funds, then what was spent, then what was counted.
    #[schema(max_items = 1_000_000)]
    rows: Vec<AnnualRow>,
}

impl Report for AnnualReport {
    type Row = AnnualRow;
    type Rows = std::vec::IntoIter<AnnualRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

/// Whether a period is the year, or several of which it is one.
fn is_within(period: Option<&str>, year: FinancialYear) -> bool {
    let holds = |label: PeriodLabel| label.first_day() <= year.first_day() && year.last_day() <= label.last_day();
    period.and_then(|label| label.parse().ok()).is_some_and(holds)
}

fn make(conn: &mut Conn, at: At, question: &AnnualQuestion) -> Result<AnnualReport, Refusal> {
    let year = question.financial_year;
    let [.., last] = year.quarters();
    let board = board::make(conn, at, last, Some(at.known_at))?;
    let spent = expenditure::make(conn, at, &ExpenditureQuestion::of_year(year))?;
    // A period of several years was never split, so it stands whole in each of them, beside the money of the year.
    let all = fund_summary::make(conn, at, &FundSummaryQuestion::of_all())?;
    let ledger_check = all.ledger_check.and(spent.ledger_check);
    let of_funds = all.rows.iter().filter(|row| is_within(row.financial_year.as_deref(), year)).flat_map(AnnualRow::of_fund);
    let spent = spent.rows.into_iter().map(AnnualRow::of_expenditure);
    let counted = board.rows.into_iter().map(AnnualRow::of_count);
    Ok(AnnualReport {
        financial_year: year,
        as_at: at.as_at,
        known_at: at.known_at,
        money: board.money,
        ledger_check,
        small_below: board.small_below,
        beside: board.beside,
        rows: of_funds.chain(spent).chain(counted).collect(),
    })
}

async fn annual(call: Ask<can::CountsRead, (), Search<AnnualQuestion>>) -> Result<Answer<AnnualReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/annual", "reports_annual", "Gather a financial year for the annual report, with small numbers suppressed", annual);
}
