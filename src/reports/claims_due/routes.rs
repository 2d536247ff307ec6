//! The claims that are due over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::funds::claims::rules::{ClaimState, Days};
use crate::funds::sources::ClaimPeriod;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Refusal};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::claims_due::stand::{ClaimDue, stand};
use crate::reports::claims_due::store::{self, ClaimRow, LineRow};
use crate::reports::names;
use crate::store::Conn;

/// Which claims are asked for.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ClaimsDueQuestion {
    /// Only to these funders, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    funding_source: Vec<String>,
    /// Only periods that have come so far.
    state: Option<ClaimDue>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for ClaimsDueQuestion {
    const NAME: &'static str = "funder-claims-due";
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

/// A period for which a funder is claimed from, on one budget line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClaimDueRow {
    /// The funder.
    pub funding_source: Named,
    /// For which periods it is claimed from.
    pub claim_period: ClaimPeriod,
    /// The fund that its money is in.
    pub fund: Option<Named>,
    /// The budget line.
    pub budget_line_id: Id,
    /// Its reference.
    #[schema(max_length = 80)]
    pub budget_line: String,
    /// The period's first day on which money of the line may be spent.
    pub starts_on: NaiveDate,
    /// The last.
    pub ends_on: NaiveDate,
    /// How far its claim has come.
    pub state: ClaimDue,
    /// The claims on the line for any of these days, those left out that were taken back.
    #[schema(max_items = 1_000)]
    pub claims: Vec<String>,
}

/// Which claims the office owes its funders.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClaimsDueReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// How many of the rows are due.
    due_count: i64,
    /// Each period that has begun, by funder, line and day.
    #[schema(max_items = 100_000)]
    rows: Vec<ClaimDueRow>,
}

impl Report for ClaimsDueReport {
    type Row = ClaimDueRow;
    type Rows = std::vec::IntoIter<ClaimDueRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for ClaimDueRow {
    const COLUMNS: &'static [&'static str] = &[
        "funding_source_code",
        "funding_source_name",
        "claim_period",
        "fund_code",
        "fund_name",
        "budget_line",
        "starts_on",
        "ends_on",
        "state",
        "claims",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        cells.extend(Cell::named(Some(&self.funding_source)));
        cells.push(Cell::text(Some(self.claim_period.word())));
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.push(Cell::text(Some(&self.budget_line)));
        cells.extend([Some(self.starts_on), Some(self.ends_on)].map(Cell::date));
        cells.push(Cell::text(Some(self.state.word())));
        cells.push(Cell::list(self.claims.iter().map(String::as_str)));
        cells
    }
}

/// The days on which money of a line may be spent, where they are known.
fn span(line: &LineRow, period: Option<&Days>) -> Option<Days> {
    let starts_on = line.window_starts_on.or(period.map(|days| days.0))?;
    Some((starts_on, line.window_ends_on.or(period.map(|days| days.1))?))
}

/// What the claims on a line make of a period.
fn told(days: Days, claims: &[&ClaimRow], as_at: NaiveDate) -> (ClaimDue, Vec<String>) {
    let all: Vec<(ClaimState, Days)> = claims.iter().map(|claim| (claim.state, (claim.starts_on, claim.ends_on))).collect();
    let is_about = |claim: &&&ClaimRow| claim.state != ClaimState::Withdrawn && claim.starts_on <= days.1 && days.0 <= claim.ends_on;
    (stand(days, &all, days.1 < as_at), claims.iter().filter(is_about).map(|claim| claim.reference.clone()).collect())
}

fn make(conn: &mut Conn, at: At, question: &ClaimsDueQuestion) -> Result<ClaimsDueReport, Refusal> {
    let mut faults = Faults::new();
    let asked = names::resolve(conn, Dimension::Source, "funding_source", &question.funding_source, &mut faults)?;
    faults.into_result()?;
    let mut periods = store::claim_periods(conn, at)?;
    periods.retain(|id, _| asked.is_empty() || asked.contains(id));
    let ids: Vec<Id> = periods.keys().copied().collect();
    let mut lines = store::lines(conn, &ids, at)?;
    lines.retain(|line| line.state.is_confirmed());
    let claims = store::claims(conn, &lines.iter().map(|line| line.id).collect::<Vec<Id>>(), at)?;
    let (sources, funds) = (names::store::sources(conn, at.known_at)?, names::store::funds(conn, at.known_at)?);
    let (fund_periods, days) = (names::store::periods(conn, at.known_at)?, store::period_days(conn, at)?);
    let mut rows = Vec::new();
    for line in &lines {
        let (Some(period), Some(source)) = (periods.get(&line.source_id), sources.get(&line.source_id)) else { continue };
        let Some(span) = span(line, days.get(&line.fund_period_id)) else { continue };
        let own: Vec<&ClaimRow> = claims.iter().filter(|claim| claim.line_id == line.id).collect();
        for (starts_on, ends_on) in period.within(span).into_iter().filter(|(starts_on, _)| *starts_on <= at.as_at) {
            let (state, claims) = told((starts_on, ends_on), &own, at.as_at);
            rows.push(ClaimDueRow {
                funding_source: source.clone(),
                claim_period: *period,
                fund: fund_periods.get(&line.fund_period_id).and_then(|period| funds.get(&period.fund_id)).cloned(),
                budget_line_id: line.id,
                budget_line: line.reference.clone(),
                starts_on,
                ends_on,
                state,
                claims,
            });
        }
    }
    rows.retain(|row| question.state.is_none_or(|state| state == row.state));
    rows.sort_by_cached_key(|row| (row.funding_source.code.clone(), row.budget_line.clone(), row.starts_on));
    let due_count = i64::try_from(rows.iter().filter(|row| row.state == ClaimDue::Due).count()).unwrap_or(i64::MAX);
    Ok(ClaimsDueReport { as_at: at.as_at, known_at: at.known_at, due_count, rows })
}

async fn claims_due(call: Ask<can::ClaimsRead, (), Search<ClaimsDueQuestion>>) -> Result<Answer<ClaimsDueReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/funder-claims-due", "reports_funder_claims_due", "Show for which periods claims to funders are due", claims_due);
}
