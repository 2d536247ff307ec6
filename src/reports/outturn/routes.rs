//! The forecast outturn over HTTP.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Pence, Quarter, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::names::{self, Names};
use crate::reports::outturn::rules::{ByQuarter, Line, Told, lines};
use crate::reports::outturn::store::{self, AwardRow, CLOSED, InForce};
use crate::reports::returned;
use crate::store::Conn;

/// What is asked of the outturn.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct OutturnQuestion {
    /// Only awards out of these funds, by code or id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only awards of these programmes, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only awards of these providers, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only these awards, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    award: Vec<String>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for OutturnQuestion {
    const NAME: &'static str = "outturn";
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

/// A quarter of an award: what is planned, what was spent, what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutturnRow {
    /// The award.
    pub award: Named,
    /// The fund that pays it.
    pub fund: Option<Named>,
    /// What the award is worth in all, where that is known.
    #[schema(value_type = Option<i64>)]
    pub award_value_pence: Option<Pence>,
    /// The quarter.
    pub quarter: Quarter,
    /// What the agreed profile plans; null where it has none for the quarter.
    #[schema(value_type = Option<i64>)]
    pub profile_pence: Option<Pence>,
    /// What accepted returns report, adjustments included; null where none says what was spent in the quarter: an adjustment alone is not what was spent.
    /// Several quarters in one return stand with the last of them.
    #[schema(value_type = Option<i64>)]
    pub actual_pence: Option<Pence>,
    /// What was accepted; null where no accepted return says what was spent in the quarter, and 0 where one says that nothing was.
    #[schema(value_type = Option<i64>)]
    pub accepted_pence: Option<Pence>,
    /// The adjustments that count in the quarter; null where there is none.
    #[schema(value_type = Option<i64>)]
    pub adjustment_pence: Option<Pence>,
    /// The forecast in force, where no accepted return covers the quarter; null where nobody gave one.
    #[schema(value_type = Option<i64>)]
    pub forecast_pence: Option<Pence>,
    /// What was spent, or else what is expected, with the adjustments that count in the quarter; null where neither is known.
    #[schema(value_type = Option<i64>)]
    pub outturn_pence: Option<Pence>,
    /// What is planned less the outturn, where both are known.
    #[schema(value_type = Option<i64>)]
    pub profile_variance_pence: Option<Pence>,
    /// The return that gave the forecast.
    pub forecast_return_id: Option<Id>,
}

/// What the awards shown come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutturnTotal {
    /// How many awards have rows.
    pub award_count: i64,
    /// What those are worth, as far as that is known.
    #[schema(value_type = i64)]
    pub award_value_pence: Pence,
    /// What is planned.
    #[schema(value_type = i64)]
    pub profile_pence: Pence,
    /// What was spent: accepted and adjusted, also by adjustments in quarters that are not reported yet.
    #[schema(value_type = i64)]
    pub actual_pence: Pence,
    /// Of that what was accepted.
    #[schema(value_type = i64)]
    pub accepted_pence: Pence,
    /// Of that adjustments.
    #[schema(value_type = i64)]
    pub adjustment_pence: Pence,
    /// What is still expected.
    #[schema(value_type = i64)]
    pub forecast_pence: Pence,
    /// Both together.
    #[schema(value_type = i64)]
    pub outturn_pence: Pence,
    /// What the awards are worth less the outturn.
    #[schema(value_type = i64)]
    pub variance_pence: Pence,
    /// Quarters that are neither reported nor forecast, so that the outturn leaves them out.
    pub unknown_quarter_count: i64,
}

/// What awards are expected to have cost in the end.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutturnReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What they come to.
    totals: OutturnTotal,
    /// Whether the ledger out of which they are paid agrees with itself, added up another way, and the rows with the totals. What is reported and expected is no
    /// money of the ledger.
    pub ledger_check: LedgerAgreement,
    /// By award and quarter.
    #[schema(max_items = 1_000_000)]
    rows: Vec<OutturnRow>,
}

impl Report for OutturnReport {
    type Row = OutturnRow;
    type Rows = std::vec::IntoIter<OutturnRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for OutturnRow {
    const COLUMNS: &'static [&'static str] = &[
        "award_reference",
        "award_title",
        "fund_code",
        "fund_name",
        "award_value_pounds",
        "quarter",
        "profile_pounds",
        "actual_pounds",
        "accepted_pounds",
        "adjustment_pounds",
        "forecast_pounds",
        "outturn_pounds",
        "profile_variance_pounds",
        "forecast_return_id",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = Cell::named(Some(&self.award)).into_iter().chain(Cell::named(self.fund.as_ref())).collect();
        cells.push(Cell::pounds(self.award_value_pence));
        cells.push(Cell::Plain(self.quarter.to_string()));
        let spent = [self.profile_pence, self.actual_pence, self.accepted_pence, self.adjustment_pence];
        let expected = [self.forecast_pence, self.outturn_pence, self.profile_variance_pence];
        cells.extend(spent.into_iter().chain(expected).map(Cell::pounds));
        cells.push(self.forecast_return_id.map_or(Cell::Empty, |id| Cell::Plain(id.to_string())));
        cells
    }
}

/// What a question is narrowed to.
struct Asked {
    funds: HashSet<Id>,
    programmes: HashSet<Id>,
    providers: HashSet<Id>,
    awards: HashSet<Id>,
}

impl Asked {
    fn new(conn: &mut Conn, question: &OutturnQuestion) -> Result<Self, Refusal> {
        let mut faults = Faults::new();
        let asked = Self {
            funds: names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?,
            programmes: names::resolve(conn, Dimension::Programme, "programme", &question.programme, &mut faults)?,
            providers: names::resolve(conn, Dimension::Provider, "provider", &question.provider, &mut faults)?,
            awards: names::resolve(conn, Dimension::Award, "award", &question.award, &mut faults)?,
        };
        faults.into_result().map(|()| asked)
    }

    fn wants(&self, row: &AwardRow) -> bool {
        let holds = |wanted: &HashSet<Id>, id: Option<Id>| wanted.is_empty() || id.is_some_and(|id| wanted.contains(&id));
        holds(&self.awards, Some(row.id))
            && holds(&self.funds, Some(row.fund_id))
            && holds(&self.programmes, row.programme_id)
            && holds(&self.providers, row.provider_id)
    }
}

/// What accepted returns tell of each award's money. What a part spends is money of its whole.
pub(in crate::reports) fn told(conn: &mut Conn, at: At) -> Result<HashMap<Id, Told>, Refusal> {
    let spending = returned::spending(conn, at)?;
    let mut all: HashMap<Id, Told> = HashMap::new();
    for of in spending.returns.values().filter(|of| of.is_spend_reported()) {
        let Some(part) = spending.of_parts.get(&of.return_id) else {
            let own = all.entry(of.award_id).or_default();
            own.covered.push((of.starts_on, of.ends_on));
            // That nothing was spent is an amount; what was told by an adjustment alone was not accepted.
            if let Some(quarter) = Quarter::of(of.ends_on).filter(|_| !spending.by_adjustment.contains(&of.return_id)) {
                own.accepted.entry(quarter).or_default();
            }
            continue;
        };
        all.entry(*part).or_default().told_by_whole.push((of.starts_on, of.ends_on));
    }
    let accepted = spending.spend.iter().map(|row| (row.return_id, row.amount, None));
    let adjusted = spending.adjusted.iter().map(|row| (row.return_id, row.amount, Some(row.ends_on)));
    for (return_id, amount, counted_to) in accepted.chain(adjusted) {
        let Some(of) = spending.returns.get(&return_id) else { continue };
        let Some(quarter) = Quarter::of(counted_to.unwrap_or(of.ends_on)) else { continue };
        let own = all.entry(of.award_id).or_default();
        let sums = if counted_to.is_some() { &mut own.adjusted } else { &mut own.accepted };
        let sum = sums.entry(quarter).or_default();
        *sum = *sum + amount;
    }
    Ok(all)
}

/// The quarters of an award, by what its returns tell, its profile and the forecast in force.
pub(in crate::reports) fn lines_of_award(
    award: &AwardRow,
    told: Option<Told>,
    profile: Option<ByQuarter>,
    held: Option<&InForce>,
) -> Vec<Line> {
    let mut own = told.unwrap_or_default();
    own.profile = profile.unwrap_or_default();
    // Of an award that is settled nothing more is expected.
    let held = held.filter(|_| award.state != CLOSED);
    own.forecast = held.into_iter().flatten().map(|(quarter, (_, amount))| (*quarter, *amount)).collect();
    lines(&own)
}

fn row(award: &AwardRow, fund: Option<&Named>, held: Option<&InForce>, line: &Line) -> OutturnRow {
    OutturnRow {
        award: Named { id: award.id, code: award.reference.clone(), name: award.title.clone() },
        fund: fund.cloned(),
        award_value_pence: award.amount,
        quarter: line.quarter,
        profile_pence: line.profile,
        actual_pence: line.actual,
        accepted_pence: line.accepted,
        adjustment_pence: line.adjusted,
        forecast_pence: line.forecast,
        outturn_pence: line.outturn,
        profile_variance_pence: line.profile.zip(line.outturn).map(|(planned, outturn)| planned - outturn),
        forecast_return_id: line.forecast.and(held).and_then(|held| held.get(&line.quarter)).map(|(return_id, _)| *return_id),
    }
}

impl OutturnTotal {
    fn add(&mut self, award: &AwardRow, lines: &[Line]) {
        let sum = |amount: fn(&Line) -> Option<Pence>| lines.iter().filter_map(amount).sum::<Pence>();
        self.award_count += 1;
        self.award_value_pence = self.award_value_pence + award.amount.unwrap_or_default();
        self.profile_pence = self.profile_pence + sum(|line| line.profile);
        self.accepted_pence = self.accepted_pence + sum(|line| line.accepted);
        self.adjustment_pence = self.adjustment_pence + sum(|line| line.adjusted);
        self.forecast_pence = self.forecast_pence + sum(|line| line.forecast);
        // Adjustments are money, also in quarters of which nothing else is known yet.
        self.actual_pence = self.accepted_pence + self.adjustment_pence;
        self.outturn_pence = self.actual_pence + self.forecast_pence;
        self.variance_pence = self.award_value_pence - self.outturn_pence;
        let unknown = lines.iter().filter(|line| line.outturn.is_none() && !line.is_told_later).count();
        self.unknown_quarter_count += i64::try_from(unknown).unwrap_or(i64::MAX);
    }
}

/// Whether the rows come to the totals.
fn is_added_up(rows: &[OutturnRow], totals: &OutturnTotal) -> bool {
    let sum = |amount: fn(&OutturnRow) -> Option<Pence>| rows.iter().filter_map(amount).sum::<Pence>();
    sum(|row| row.profile_pence) == totals.profile_pence
        && sum(|row| row.accepted_pence) == totals.accepted_pence
        && sum(|row| row.adjustment_pence) == totals.adjustment_pence
        && sum(|row| row.forecast_pence) == totals.forecast_pence
}

/// Makes the report.
///
/// # Errors
/// A fault for each record asked for that there is not; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &OutturnQuestion) -> Result<OutturnReport, Refusal> {
    let ledger_check = LedgerAgreement::beside(conn, at)?;
    make_beside(conn, at, question, ledger_check)
}

/// Makes the report beside a ledger of which it is known already whether it agrees with itself.
///
/// # Errors
/// As for [`make`].
pub fn make_beside(conn: &mut Conn, at: At, question: &OutturnQuestion, ledger_check: LedgerAgreement) -> Result<OutturnReport, Refusal> {
    let asked = Asked::new(conn, question)?;
    let funds: Names = names::store::funds(conn, at.known_at)?;
    let (mut all, mut profiles) = (told(conn, at)?, store::profiles(conn)?);
    let held = store::in_force(conn, at)?;
    let mut rows = Vec::new();
    let mut totals = OutturnTotal::default();
    for award in store::awards(conn, at)?.iter().filter(|award| asked.wants(award)) {
        let held = held.get(&award.id);
        let lines = lines_of_award(award, all.remove(&award.id), profiles.remove(&(award.id, award.terms_no)), held);
        if !lines.is_empty() {
            totals.add(award, &lines);
        }
        rows.extend(lines.iter().map(|line| row(award, funds.get(&award.fund_id), held, line)));
    }
    let ledger_check = ledger_check.holding(is_added_up(&rows, &totals));
    Ok(OutturnReport { as_at: at.as_at, known_at: at.known_at, totals, ledger_check, rows })
}

async fn outturn(call: Ask<can::ReportsRead, (), Search<OutturnQuestion>>) -> Result<Answer<OutturnReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/outturn", "reports_outturn", "Show what was spent and what is still expected, by award and quarter", outturn);
}
