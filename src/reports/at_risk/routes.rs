//! At-risk exposure over HTTP.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Pence, PeriodLabel, Refusal};
use crate::ledger::{Holder, Tallies, Tally};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, each_once, report};
use crate::reports::at_risk::leave::{Leave, leave};
use crate::reports::at_risk::store::{self, ApprovalRow, LineRow};
use crate::reports::book::Dimension;
use crate::reports::book::load::LATER_MAX;
use crate::reports::indicators::store::awards as award_names;
use crate::reports::names::{self, Names, Period, known, store as named};
use crate::store::Conn;

words! {
    /// By what lines at risk are put together.
    pub enum AtRiskGrouping {
        /// The fund.
        Fund = "fund",
        /// The financial year.
        FinancialYear = "financial_year",
        /// The funding source.
        Source = "source",
        /// The single budget line.
        BudgetLine = "budget_line",
    }
}

/// What is asked of what is at risk.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct AtRiskQuestion {
    /// Only budget lines of these funds, by code or id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only of these financial years.
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only money of these funding sources, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    source: Vec<String>,
    /// Only lines that are confirmed by then, or only those that are not.
    confirmed: Option<bool>,
    /// What rows are grouped by: each budget line by itself where it is left out.
    #[serde(default)]
    #[schema(max_items = 4)]
    group_by: Vec<AtRiskGrouping>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for AtRiskQuestion {
    const NAME: &'static str = "at-risk";
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

/// What is at risk of some lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AtRiskAmounts {
    /// What of the lines can be commissioned once they are confirmed, in pence.
    #[schema(value_type = i64)]
    budgeted_pence: Pence,
    /// Leave in force to commit before confirmation, in pence.
    #[schema(value_type = i64)]
    approved_pence: Pence,
    /// The exposure: offered, committed and paid out of lines that are not confirmed, in pence (R48).
    #[schema(value_type = i64)]
    used_pence: Pence,
    /// Paid to providers out of such lines.
    #[schema(value_type = i64)]
    paid_pence: Pence,
    /// Come back from providers after payment.
    #[schema(value_type = i64)]
    recovered_pence: Pence,
    /// Of the exposure, what is paid already: paid less recovered.
    #[schema(value_type = i64)]
    net_paid_pence: Pence,
    /// What may still be committed at risk: approved less used, and never less than nothing.
    #[schema(value_type = i64)]
    left_pence: Pence,
    /// What is used beyond the leave in force, in pence: nothing new is offered until it is covered.
    #[schema(value_type = i64)]
    uncovered_pence: Pence,
    /// How many lines.
    line_count: i64,
    /// How many awards stand on lines that are not confirmed.
    award_count: i64,
}

/// A budget line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct AtRiskLine {
    /// Its id.
    id: Id,
    /// Its reference.
    #[schema(max_length = 100)]
    reference: String,
}

/// An award that stands on money that is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AtRiskAward {
    /// The award.
    award: Named,
    /// Offered out of the line and not accepted, in pence.
    #[schema(value_type = i64)]
    offered_pence: Pence,
    /// Committed out of the line, paid included, in pence.
    #[schema(value_type = i64)]
    committed_pence: Pence,
}

/// One row: what its lines have in common, the rest being null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AtRiskRow {
    /// The fund.
    fund: Option<Named>,
    /// The financial year, or the several years of a fund period that was never split.
    #[schema(max_length = 7)]
    financial_year: Option<String>,
    /// The funding source.
    source: Option<Named>,
    /// The budget line.
    budget_line: Option<AtRiskLine>,
    /// The state of the line.
    #[schema(max_length = 40)]
    state: Option<String>,
    /// Whether the line is confirmed.
    is_confirmed: Option<bool>,
    /// Since when there is leave to commit.
    approved_on: Option<NaiveDate>,
    /// The last day of the leave; null where it lasts until the line is confirmed or withdrawn.
    until: Option<NaiveDate>,
    /// Who gave the leave.
    #[schema(max_length = 1000)]
    approved_by: Option<String>,
    /// When the last leave ended, where none is in force.
    ended_on: Option<NaiveDate>,
    /// How it ended: `confirmed`, `withdrawn` or `lapsed`.
    #[schema(max_length = 40)]
    outcome: Option<String>,
    /// The amounts and counts.
    #[serde(flatten)]
    amounts: AtRiskAmounts,
    /// The awards that stand on it, by reference; one that several lines of the row pay is here once.
    #[schema(max_items = 100_000)]
    awards: Vec<AtRiskAward>,
}

/// What is promised before its budget is confirmed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AtRiskReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What the rows are grouped by.
    group_by: Vec<AtRiskGrouping>,
    /// Everything asked for together.
    totals: AtRiskAmounts,
    /// Whether what all budget lines have offered and committed is what the ledger has, added up another way.
    pub ledger_check: LedgerAgreement,
    /// Lines with leave to commit, or with promises before confirmation, by fund, year and reference.
    #[schema(max_items = 1_000_000)]
    rows: Vec<AtRiskRow>,
}

impl Report for AtRiskReport {
    type Row = AtRiskRow;
    type Rows = std::vec::IntoIter<AtRiskRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for AtRiskRow {
    const COLUMNS: &'static [&'static str] = &[
        "fund_code",
        "fund_name",
        "financial_year",
        "source_code",
        "source_name",
        "budget_line_reference",
        "state",
        "is_confirmed",
        "approved_on",
        "until",
        "approved_by",
        "ended_on",
        "outcome",
        "budgeted_pounds",
        "approved_pounds",
        "used_pounds",
        "paid_pounds",
        "left_pounds",
        "uncovered_pounds",
        "line_count",
        "award_count",
        "awards",
        "recovered_pounds",
        "net_paid_pounds",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.push(Cell::text(self.financial_year.as_deref()));
        cells.extend(Cell::named(self.source.as_ref()));
        cells.push(Cell::text(self.budget_line.as_ref().map(|line| line.reference.as_str())));
        cells.push(Cell::text(self.state.as_deref()));
        cells.push(Cell::yes(self.is_confirmed));
        cells.extend([self.approved_on, self.until].map(Cell::date));
        cells.push(Cell::text(self.approved_by.as_deref()));
        cells.push(Cell::date(self.ended_on));
        cells.push(Cell::text(self.outcome.as_deref()));
        let own = &self.amounts;
        let pounds = [own.budgeted_pence, own.approved_pence, own.used_pence, own.paid_pence, own.left_pence, own.uncovered_pence];
        cells.extend(pounds.map(Cell::Pounds));
        cells.extend([own.line_count, own.award_count].map(Cell::count));
        cells.push(Cell::list(self.awards.iter().map(|one| one.award.code.as_str())));
        cells.extend([own.recovered_pence, own.net_paid_pence].map(Cell::Pounds));
        cells
    }
}

/// What stands on one line.
struct Risk {
    fund: Named,
    year: String,
    source: Named,
    line: LineRow,
    leave: Leave,
    /// Awards with what they have of the line; none where it is confirmed.
    awards: Vec<(Id, Tally)>,
}

impl Risk {
    fn amounts(&self) -> AtRiskAmounts {
        let approved = self.leave.approved;
        let all = self.awards.iter().fold(Tally::default(), |sum, (_, tally)| sum + *tally);
        let used = all.held + all.committed;
        AtRiskAmounts {
            budgeted_pence: self.line.internal.map_or(Pence::ZERO, |internal| self.line.amount - internal),
            approved_pence: approved,
            used_pence: used,
            paid_pence: all.paid,
            recovered_pence: all.recovered,
            net_paid_pence: all.net_paid(),
            left_pence: (approved - used).max(Pence::ZERO),
            uncovered_pence: (used - approved).max(Pence::ZERO),
            line_count: 1,
            award_count: 0,
        }
    }

    /// What it is grouped and sorted by.
    fn key(&self, by: &[AtRiskGrouping]) -> Vec<String> {
        let of = |grouping: &AtRiskGrouping| match grouping {
            AtRiskGrouping::Fund => self.fund.code.clone(),
            AtRiskGrouping::FinancialYear => self.year.clone(),
            AtRiskGrouping::Source => self.source.code.clone(),
            AtRiskGrouping::BudgetLine => format!("{}\u{0}{}\u{0}{}", self.fund.code, self.year, self.line.reference),
        };
        by.iter().map(of).collect()
    }
}

impl AtRiskAmounts {
    fn add(&mut self, more: &Self) {
        self.budgeted_pence = self.budgeted_pence + more.budgeted_pence;
        self.approved_pence = self.approved_pence + more.approved_pence;
        self.used_pence = self.used_pence + more.used_pence;
        self.paid_pence = self.paid_pence + more.paid_pence;
        self.recovered_pence = self.recovered_pence + more.recovered_pence;
        self.net_paid_pence = self.net_paid_pence + more.net_paid_pence;
        self.left_pence = self.left_pence + more.left_pence;
        self.uncovered_pence = self.uncovered_pence + more.uncovered_pence;
        self.line_count += more.line_count;
    }
}

/// The amounts of some lines together, and what awards have of them.
fn together(risks: &[&Risk]) -> (AtRiskAmounts, BTreeMap<Id, Tally>) {
    let (mut amounts, mut awards) = (AtRiskAmounts::default(), BTreeMap::<Id, Tally>::new());
    for risk in risks {
        amounts.add(&risk.amounts());
        for (award, tally) in &risk.awards {
            let sum = awards.entry(*award).or_default();
            *sum = *sum + *tally;
        }
    }
    amounts.award_count = i64::try_from(awards.len()).unwrap_or(i64::MAX);
    (amounts, awards)
}

fn row(risks: &[&Risk], by: &[AtRiskGrouping], awards: &Names) -> Option<AtRiskRow> {
    let first = risks.first()?;
    let is_line = by.contains(&AtRiskGrouping::BudgetLine);
    let tells = |grouping| is_line || by.contains(&grouping);
    let (amounts, of_awards) = together(risks);
    let mut standing: Vec<AtRiskAward> = of_awards
        .into_iter()
        .map(|(id, tally)| AtRiskAward { award: known(awards, id), offered_pence: tally.held, committed_pence: tally.committed })
        .collect();
    standing.sort_by(|a, b| a.award.code.cmp(&b.award.code));
    let (line, leave) = (&first.line, Some(&first.leave).filter(|_| is_line));
    Some(AtRiskRow {
        fund: tells(AtRiskGrouping::Fund).then(|| first.fund.clone()),
        financial_year: tells(AtRiskGrouping::FinancialYear).then(|| first.year.clone()),
        source: tells(AtRiskGrouping::Source).then(|| first.source.clone()),
        budget_line: is_line.then(|| AtRiskLine { id: line.id, reference: line.reference.clone() }),
        state: is_line.then(|| line.state.word().to_owned()),
        is_confirmed: is_line.then(|| line.state.is_confirmed()),
        approved_on: leave.and_then(|leave| leave.approved_on),
        until: leave.and_then(|leave| leave.until),
        approved_by: leave.map(|leave| leave.approved_by.join("; ")).filter(|names| !names.is_empty()),
        ended_on: leave.and_then(|leave| leave.ended.as_ref()).map(|(day, _)| *day),
        outcome: leave.and_then(|leave| leave.ended.as_ref()).map(|(_, outcome)| outcome.clone()),
        amounts,
        awards: standing,
    })
}

/// What every line has offered and committed, by award, and whether the ledger says the same.
fn promised(conn: &mut Conn, at: At) -> Result<(HashMap<Id, Vec<(Id, Tally)>>, LedgerAgreement), Refusal> {
    let tallies = Tallies::at(conn, at.as_at, at.known_at, LATER_MAX)?;
    let agreement = LedgerAgreement::of_tallies(conn, at, &tallies)?;
    let mut by_line: HashMap<Id, Vec<(Id, Tally)>> = HashMap::new();
    for (award, line, tally) in tallies.of_each(Holder::Award) {
        if (tally.held + tally.committed).is_positive() {
            by_line.entry(line).or_default().push((award, tally));
        }
    }
    Ok((by_line, agreement))
}

/// Lines with leave to commit, or with promises before confirmation.
fn risks(conn: &mut Conn, at: At, promised: &mut HashMap<Id, Vec<(Id, Tally)>>) -> Result<Vec<Risk>, Refusal> {
    let (periods, funds, sources) =
        (named::periods(conn, at.known_at)?, named::funds(conn, at.known_at)?, named::sources(conn, at.known_at)?);
    let approvals = store::approvals(conn, at)?;
    let mut by_line: HashMap<Id, Vec<&ApprovalRow>> = HashMap::new();
    approvals.iter().for_each(|row| by_line.entry(row.line_id).or_default().push(row));
    let mut risks = Vec::new();
    for line in store::lines(conn, at)? {
        let is_unconfirmed = line.state.is_unconfirmed();
        let awards = promised.remove(&line.id).filter(|_| is_unconfirmed).unwrap_or_default();
        let approvals = by_line.remove(&line.id).unwrap_or_default();
        if approvals.is_empty() && awards.is_empty() {
            continue;
        }
        let Some(Period { fund_id, label }) = periods.get(&line.period_id).cloned() else { continue };
        let (fund, source) = (known(&funds, fund_id), known(&sources, line.source_id));
        risks.push(Risk { fund, year: label, source, leave: leave(&approvals, at), line, awards });
    }
    Ok(risks)
}

/// Leaves only what the question asks for.
fn narrow(conn: &mut Conn, question: &AtRiskQuestion, risks: &mut Vec<Risk>) -> Result<(), Refusal> {
    let mut faults = Faults::new();
    let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
    let sources = names::resolve(conn, Dimension::Source, "source", &question.source, &mut faults)?;
    let years: HashSet<String> = question.financial_year.iter().map(PeriodLabel::to_string).collect();
    names::check_words(conn, Dimension::FinancialYear, &Vec::from_iter(years.clone()), &mut faults)?;
    faults.into_result()?;
    risks.retain(|risk| {
        (question.fund.is_empty() || funds.contains(&risk.fund.id))
            && (question.source.is_empty() || sources.contains(&risk.source.id))
            && (years.is_empty() || years.contains(&risk.year))
            && question.confirmed.is_none_or(|wanted| wanted == risk.line.state.is_confirmed())
    });
    Ok(())
}

/// Makes the report.
///
/// # Errors
/// A fault for each record asked for that there is not; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &AtRiskQuestion) -> Result<AtRiskReport, Refusal> {
    let mut by = each_once(&question.group_by);
    if by.is_empty() {
        by = vec![AtRiskGrouping::BudgetLine];
    }
    let (mut promised, ledger_check) = promised(conn, at)?;
    let mut all = risks(conn, at, &mut promised)?;
    narrow(conn, question, &mut all)?;
    let ids: BTreeSet<Id> = all.iter().flat_map(|risk| risk.awards.iter().map(|(award, _)| *award)).collect();
    let awards = award_names(conn, &Vec::from_iter(ids), at)?;
    let mut groups: BTreeMap<Vec<String>, Vec<&Risk>> = BTreeMap::new();
    all.iter().for_each(|risk| groups.entry(risk.key(&by)).or_default().push(risk));
    let rows = groups.values().filter_map(|risks| row(risks, &by, &awards)).collect();
    let totals = together(&Vec::from_iter(&all)).0;
    Ok(AtRiskReport { as_at: at.as_at, known_at: at.known_at, group_by: by, totals, ledger_check, rows })
}

async fn at_risk(call: Ask<can::ReportsRead, (), Search<AtRiskQuestion>>) -> Result<Answer<AtRiskReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/at-risk", "reports_at_risk", "Show what is promised before its budget is confirmed", at_risk);
}
