//! The compliance grid over HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Quantity, Quarter, Refusal};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::compliance::stood::{Known, Step, Tally, after_coming_back, stood};
use crate::reports::compliance::store::{self, ReturnRow};
use crate::reports::names::{self, Names};
use crate::returns::rules::{ReturnKind, ReturnStage, ReturnState};
use crate::store::Conn;

/// What is asked of the returns.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ComplianceQuestion {
    /// Only returns whose period ends in one of these quarters, such as `2020-21-Q1`. Without one all that were known.
    #[serde(default)]
    #[schema(max_items = 40)]
    quarter: Vec<Quarter>,
    /// Only of these funds, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only of these providers, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl ComplianceQuestion {
    /// All returns of one quarter.
    #[must_use]
    pub fn of_quarter(quarter: Quarter) -> Self {
        Self { quarter: vec![quarter], fund: Vec::new(), provider: Vec::new(), as_at: None, known_at: None, format: None }
    }
}

impl Question for ComplianceQuestion {
    const NAME: &'static str = "return-compliance";
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

/// A return that an award owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComplianceRow {
    /// The fund.
    pub fund: Option<Named>,
    /// Who owes it.
    pub provider: Option<Named>,
    /// The award it reports on.
    pub award: Named,
    /// The quarter in which its period ends.
    pub quarter: Quarter,
    /// Its id.
    pub return_id: Id,
    /// Its period: a quarter, a half year, `end of grant` or days.
    #[schema(max_length = 120)]
    pub period: String,
    /// What kind of period that is.
    pub kind: ReturnKind,
    /// How far it had come.
    pub state: ReturnStage,
    /// Whether the award still asks for it.
    pub is_owed: bool,
    /// The day by which it should be in.
    pub due_on: NaiveDate,
    /// The day on which it was first sent, up to the day asked for.
    pub first_sent_on: Option<NaiveDate>,
    /// How many days it came late, or is missing by now; null before its day, and where no day is known.
    pub days_late: Option<i64>,
    /// Whether it came in time; null likewise.
    pub is_on_time: Option<bool>,
    /// The day by which it should be sent again, where it waits for that: after a question, or after it was opened again.
    pub send_again_by: Option<NaiveDate>,
    /// How many days it should have been sent again by now, after a question; null before that day.
    pub again_days_late: Option<i64>,
    /// Whether it only stands for something that is not printed.
    pub illustrative: bool,
}

/// How many returns came in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComplianceRate {
    /// Of whom or what; null for all, and for awards whose provider is not known.
    pub of: Option<Named>,
    /// How many were owed.
    pub owed_count: i64,
    /// How many came in time.
    pub on_time_count: i64,
    /// How many came after their day.
    pub late_count: i64,
    /// How many are past their day and did not come.
    pub missing_count: i64,
    /// How many came on a day that is not known.
    pub day_unknown_count: i64,
    /// How many came, were sent back with a question, and were not sent again by the day that was given for that. They are among the others too.
    #[serde(default)]
    pub unanswered_count: i64,
    /// The share that came in time of those whose day is over and known, in percent; null of nothing.
    pub on_time_percent: Option<Quantity>,
}

/// Which returns came, and how late.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComplianceReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// All together.
    pub totals: ComplianceRate,
    /// By provider, in the order of their names.
    by_provider: Vec<ComplianceRate>,
    /// By fund, in the order of their codes.
    pub by_fund: Vec<ComplianceRate>,
    /// Each return, by fund, provider, award and period.
    #[schema(max_items = 1_000_000)]
    rows: Vec<ComplianceRow>,
}

impl Report for ComplianceReport {
    type Row = ComplianceRow;
    type Rows = std::vec::IntoIter<ComplianceRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for ComplianceRow {
    const COLUMNS: &'static [&'static str] = &[
        "fund_code",
        "fund_name",
        "provider_reference",
        "provider_name",
        "award_reference",
        "award_title",
        "quarter",
        "period",
        "kind",
        "state",
        "is_owed",
        "due_on",
        "first_sent_on",
        "days_late",
        "is_on_time",
        "illustrative",
        "send_again_by",
        "again_days_late",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        for record in [self.fund.as_ref(), self.provider.as_ref(), Some(&self.award)] {
            cells.extend(Cell::named(record));
        }
        cells.push(Cell::Plain(self.quarter.to_string()));
        cells.push(Cell::text(Some(&self.period)));
        cells.push(Cell::text(Some(self.kind.word())));
        cells.push(Cell::text(Some(self.state.word())));
        cells.push(Cell::yes(Some(self.is_owed)));
        cells.extend([Some(self.due_on), self.first_sent_on].map(Cell::date));
        cells.push(self.days_late.map_or(Cell::Empty, Cell::count));
        cells.push(Cell::yes(self.is_on_time));
        cells.push(Cell::yes(Some(self.illustrative)));
        cells.push(Cell::date(self.send_again_by));
        cells.push(self.again_days_late.map_or(Cell::Empty, Cell::count));
        cells
    }
}

/// What an award is called and which fund pays it.
struct Agreement {
    named: Named,
    fund: Option<Named>,
}

/// What the rows show beside the returns themselves.
struct Shown {
    awards: HashMap<Id, Agreement>,
    providers: Names,
    first_sent: HashMap<Id, NaiveDate>,
    came_back: HashMap<Id, Vec<Step>>,
    parties: Parties,
}

/// Which returns were with another provider on the day, as their awards passed on later.
#[derive(Default)]
struct Parties {
    passed: HashMap<Id, Vec<(Id, Id)>>,
    of_returns: HashMap<Id, HashSet<Id>>,
}

impl Parties {
    fn find(conn: &mut Conn, at: At) -> Result<Self, Refusal> {
        let mut found = Self::default();
        for (award, from, to) in store::passed_later(conn, at)? {
            found.passed.entry(award).or_default().push((from, to));
        }
        let awards: Vec<Id> = found.passed.keys().copied().collect();
        found.of_returns = store::parties(conn, &awards, at.known_at)?;
        Ok(found)
    }

    /// With whom a return was on the day. One that was planned after its award had passed on was with nobody else before.
    fn of(&self, one: &ReturnRow) -> Option<Id> {
        let was_with = |provider: &Id| self.of_returns.get(&one.id).is_some_and(|all| all.contains(provider));
        let later = self.passed.get(&one.award_id).map(Vec::as_slice).unwrap_or_default();
        later.iter().fold(one.provider_id, |party, (from, to)| if party == Some(*to) && was_with(from) { Some(*from) } else { party })
    }
}

impl Shown {
    fn load(conn: &mut Conn, at: At) -> Result<Self, Refusal> {
        let known_at = at.known_at;
        let funds = names::store::funds(conn, known_at)?;
        let periods = names::store::periods(conn, known_at)?;
        let fund = |period: Id| periods.get(&period).and_then(|period| funds.get(&period.fund_id)).cloned();
        let awards = store::awards(conn, known_at)?
            .into_iter()
            .map(|(id, code, name, period)| (id, Agreement { named: Named { id, code, name }, fund: fund(period) }));
        Ok(Self {
            awards: awards.collect(),
            providers: names::store::providers(conn, known_at)?,
            first_sent: store::first_sent(conn, known_at)?.into_iter().collect(),
            came_back: store::came_back(conn, known_at)?,
            parties: Parties::find(conn, at)?,
        })
    }

    fn row(&self, one: &ReturnRow, as_at: NaiveDate) -> Option<ComplianceRow> {
        let agreement = self.awards.get(&one.award_id)?;
        let again = self.came_back.get(&one.id).and_then(|steps| after_coming_back(steps, as_at));
        let (state, first_sent_on) = again.unwrap_or_else(|| (one.state, self.first_sent.get(&one.id).copied()));
        let ReturnRow { is_owed, ends_on, due_on, accepted_on, send_again_by, .. } = *one;
        let known = Known { state, is_owed, ends_on, due_on, first_sent_on, accepted_on, send_again_by };
        let stood = stood(&known, as_at);
        Some(ComplianceRow {
            fund: agreement.fund.clone(),
            provider: self.parties.of(one).and_then(|id| self.providers.get(&id)).cloned(),
            award: agreement.named.clone(),
            quarter: Quarter::of(one.ends_on)?,
            return_id: one.id,
            period: one.period.clone(),
            kind: one.kind,
            state: stood.stage,
            is_owed: one.is_owed,
            due_on: one.due_on,
            first_sent_on: first_sent_on.filter(|day| *day <= as_at),
            days_late: stood.days_late,
            is_on_time: stood.is_on_time,
            send_again_by: send_again_by.filter(|_| matches!(state, ReturnState::Draft | ReturnState::Queried)),
            again_days_late: stood.again_days_late,
            illustrative: one.illustrative,
        })
    }
}

/// The days that the quarters span.
fn span(quarters: &[Quarter]) -> (NaiveDate, NaiveDate) {
    let first = quarters.iter().map(|quarter| quarter.first_day()).min().unwrap_or(NaiveDate::MIN);
    let last = quarters.iter().map(|quarter| quarter.last_day()).max().unwrap_or(NaiveDate::MAX);
    // Days with more than four digits are no days to either engine.
    (first.max(FIRST_DAY), last.min(LAST_DAY))
}

const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Makes the grid.
///
/// # Errors
/// A fund or provider that there is none of; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &ComplianceQuestion) -> Result<ComplianceReport, Refusal> {
    let mut faults = Faults::new();
    let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
    let providers = names::resolve(conn, Dimension::Provider, "provider", &question.provider, &mut faults)?;
    faults.into_result()?;
    let days = span(&question.quarter);
    let shown = Shown::load(conn, at)?;
    let is_asked = |wanted: &HashSet<Id>, own: Option<&Named>| wanted.is_empty() || own.is_some_and(|named| wanted.contains(&named.id));
    let mut rows: Vec<ComplianceRow> = store::returns(conn, days, at.known_at)?
        .iter()
        .filter(|one| one.state != ReturnState::FallenAway)
        .filter_map(|one| shown.row(one, at.as_at))
        .filter(|row| question.quarter.is_empty() || question.quarter.contains(&row.quarter))
        .filter(|row| is_asked(&funds, row.fund.as_ref()) && is_asked(&providers, row.provider.as_ref()))
        .collect();
    let code = |named: Option<&Named>| named.map(|named| named.code.clone());
    let name = |named: Option<&Named>| named.map(|named| (named.name.clone(), named.code.clone()));
    rows.sort_by_cached_key(|row| {
        (code(row.fund.as_ref()), name(row.provider.as_ref()), row.award.code.clone(), row.quarter.first_day(), row.period.clone())
    });
    let mut totals = Tally::default();
    let (mut by_fund, mut by_provider) = (BTreeMap::new(), BTreeMap::new());
    for row in rows.iter().filter(|row| row.is_owed) {
        let of_fund = by_fund.entry(code(row.fund.as_ref())).or_insert_with(|| (row.fund.clone(), Tally::default()));
        let of_provider = by_provider.entry(name(row.provider.as_ref())).or_insert_with(|| (row.provider.clone(), Tally::default()));
        for tally in [&mut totals, &mut of_fund.1, &mut of_provider.1] {
            tally.count(row.state, row.is_on_time, row.again_days_late.is_some());
        }
    }
    Ok(ComplianceReport {
        as_at: at.as_at,
        known_at: at.known_at,
        totals: rate((None, totals)),
        by_provider: by_provider.into_values().map(rate).collect(),
        by_fund: by_fund.into_values().map(rate).collect(),
        rows,
    })
}

fn rate((of, tally): (Option<Named>, Tally)) -> ComplianceRate {
    ComplianceRate {
        of,
        owed_count: tally.owed,
        on_time_count: tally.on_time,
        late_count: tally.late,
        missing_count: tally.missing,
        day_unknown_count: tally.day_unknown,
        unanswered_count: tally.unanswered,
        on_time_percent: tally.on_time_percent(),
    }
}

async fn return_compliance(call: Ask<can::ReportsRead, (), Search<ComplianceQuestion>>) -> Result<Answer<ComplianceReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Show which returns came, and how late, by award and quarter";
    api.get("/v1/reports/return-compliance", "reports_return_compliance", summary, return_compliance);
}
