//! Social value over HTTP.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::awards::indicators::rules::{AddsOverAreas, AddsOverTime};
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Pence, PeriodLabel, Quantity, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::expenditure::rules::share;
use crate::reports::indicators::name::{IndicatorName, name};
use crate::reports::indicators::routes::{self as indicators, IndicatorQuestion};
use crate::reports::indicators::rows::IndicatorReportRow;
use crate::reports::indicators::rules::{Days, Warning};
use crate::reports::indicators::spans::merged;
use crate::reports::indicators::store::{self, IndicatorRow};
use crate::reports::names::{self, known};
use crate::reports::social_value::asked::asked_for;
use crate::reports::social_value::rules::{Aim, PromiseWarning, promised};
use crate::store::Conn;

/// What is asked of social value.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct SocialValueQuestion {
    /// Only what these awards promised and delivered, by reference or id. May stand several times. What several awards promised together is told where all of
    /// them are asked for.
    #[serde(default)]
    #[schema(max_items = 20)]
    award: Vec<String>,
    /// Only what was promised for days in these financial years, and delivered in them. What was promised for more days is not cut up.
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for SocialValueQuestion {
    const NAME: &'static str = "social-value";
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

/// One thing that was promised beside the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SocialValueRow {
    /// What is counted.
    indicator: IndicatorName,
    /// The awards that promised it.
    #[schema(max_items = 200)]
    awards: Vec<Named>,
    /// What was promised: the indicator's targets; null where it has none, and where they are of more than is asked for (`promise_warnings`).
    promised: Option<Quantity>,
    /// What was delivered, by accepted returns; null where none says. Not reported is not nought.
    delivered: Option<Quantity>,
    /// What was delivered in percent of what was promised, to three decimals.
    delivered_percent: Option<Quantity>,
    /// What was promised, where it is counted in pounds.
    #[schema(value_type = Option<i64>)]
    promised_pence: Option<Pence>,
    /// What was delivered, where it is counted in pounds.
    #[schema(value_type = Option<i64>)]
    delivered_pence: Option<Pence>,
    /// How many values were reported.
    reported_count: i64,
    /// How many were asked for and not reported.
    not_reported_count: i64,
    /// How many do not apply, as their returns say.
    not_applicable_count: i64,
    /// What to know about what was delivered.
    #[schema(max_items = 100)]
    warnings: Vec<Warning>,
    /// Why it is not told what was promised, where the targets are of more than is asked for.
    #[schema(max_items = 10)]
    promise_warnings: Vec<PromiseWarning>,
}

/// What of social value is counted in pounds, all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SocialValueTotal {
    /// What was promised; null where of one of them it is not told.
    #[schema(value_type = Option<i64>)]
    promised_pence: Option<Pence>,
    /// What was delivered.
    #[schema(value_type = i64)]
    delivered_pence: Pence,
}

/// Social value as it was promised and delivered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SocialValueReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What is counted in pounds. Anything else is never added: jobs are no hours.
    totals: SocialValueTotal,
    /// Whether the ledger out of which the awards are paid agrees with itself, added up another way. What returns report is no money of the ledger.
    ledger_check: LedgerAgreement,
    /// One row an indicator, by name.
    #[schema(max_items = 100_000)]
    rows: Vec<SocialValueRow>,
}

impl Report for SocialValueReport {
    type Row = SocialValueRow;
    type Rows = std::vec::IntoIter<SocialValueRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for SocialValueRow {
    const COLUMNS: &'static [&'static str] = &[
        "indicator_name",
        "unit",
        "awards",
        "promised",
        "delivered",
        "delivered_percent",
        "promised_pounds",
        "delivered_pounds",
        "reported_count",
        "not_reported_count",
        "warnings",
        "not_applicable_count",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = [&self.indicator.name, &self.indicator.unit].map(|words| Cell::Text(words.clone())).into();
        cells.push(Cell::list(self.awards.iter().map(|award| award.code.as_str())));
        cells.extend([self.promised, self.delivered, self.delivered_percent].map(Cell::number));
        cells.extend([self.promised_pence, self.delivered_pence].map(Cell::pounds));
        cells.extend([self.reported_count, self.not_reported_count].map(Cell::count));
        let promise = self.promise_warnings.iter().map(|warning| warning.word());
        cells.push(Cell::list(self.warnings.iter().map(|warning| warning.word()).chain(promise)));
        cells.push(Cell::count(self.not_applicable_count));
        cells
    }
}

/// The unit of money.
const POUNDS: &str = "pounds";

fn pence(indicator: &IndicatorRow, value: Option<Quantity>) -> Option<Pence> {
    value.filter(|_| indicator.unit == POUNDS).map(|value| Pence(value.0 / 10))
}

/// What is asked for, settled.
struct Asked {
    awards: HashSet<Id>,
    days: Vec<Days>,
}

impl Asked {
    /// What is promised of what is asked for, and why that is not told where it is not. A target is of all awards and days that it is for, and is not cut up.
    fn promise(&self, indicator: &IndicatorRow, targets: &[Aim], awards: &[Named]) -> (Option<Quantity>, Vec<PromiseWarning>) {
        let own = asked_for(targets, &self.days);
        let has_others = !self.awards.is_empty() && awards.iter().any(|award| !self.awards.contains(&award.id));
        let is_of_others = has_others && own.as_ref().is_none_or(|own| !own.is_empty());
        let told = [(is_of_others, PromiseWarning::OfOtherAwards), (own.is_none(), PromiseWarning::OfOtherDays)];
        let warnings: Vec<PromiseWarning> = told.into_iter().filter(|(is_so, _)| *is_so).map(|(_, warning)| warning).collect();
        let adds = (indicator.over_time == AddsOverTime::Sum.word(), indicator.over_areas == AddsOverAreas::Sum.word());
        (own.filter(|_| warnings.is_empty()).and_then(|own| promised(&own, adds.0, adds.1)), warnings)
    }

    fn row(&self, indicator: &IndicatorRow, targets: &[Aim], told: Option<&IndicatorReportRow>, awards: Vec<Named>) -> SocialValueRow {
        let (promised, promise_warnings) = self.promise(indicator, targets, &awards);
        let delivered = told.and_then(|row| row.value);
        SocialValueRow {
            indicator: name(indicator),
            awards,
            delivered_percent: promised.zip(delivered).and_then(|(promised, delivered)| share(delivered.0, promised.0)),
            promised_pence: pence(indicator, promised),
            delivered_pence: pence(indicator, delivered),
            promised,
            delivered,
            reported_count: told.map_or(0, |row| row.reported_count),
            not_reported_count: told.map_or(0, |row| row.not_reported_count),
            not_applicable_count: told.map_or(0, |row| row.not_applicable_count),
            warnings: told.map(|row| row.warnings.clone()).unwrap_or_default(),
            promise_warnings,
        }
    }
}

/// The targets of what counts social value, by version.
fn aims(conn: &mut Conn) -> Result<HashMap<(Id, i32), Vec<Aim>>, Refusal> {
    let mut all: HashMap<(Id, i32), Vec<Aim>> = HashMap::new();
    for target in store::targets(conn)? {
        let aim = Aim { area: target.area_id, days: target.starts_on.zip(target.ends_on), target: target.target };
        all.entry((target.indicator_id, target.version)).or_default().push(aim);
    }
    Ok(all)
}

/// What is counted in pounds; no sum of what was promised where one of them is of more than is asked for.
fn total(rows: &[SocialValueRow]) -> SocialValueTotal {
    let is_untold = rows.iter().any(|row| row.indicator.unit == POUNDS && !row.promise_warnings.is_empty());
    let promised = rows.iter().filter_map(|row| row.promised_pence).sum();
    SocialValueTotal {
        promised_pence: if is_untold { None } else { Some(promised) },
        delivered_pence: rows.iter().filter_map(|row| row.delivered_pence).sum(),
    }
}

fn make(conn: &mut Conn, at: At, question: &SocialValueQuestion) -> Result<SocialValueReport, Refusal> {
    let mut faults = Faults::new();
    let awards = names::resolve(conn, Dimension::Award, "award", &question.award, &mut faults)?;
    faults.into_result()?;
    let asked = Asked { awards, days: merged(question.financial_year.iter().map(|year| (year.first_day(), year.last_day()))) };
    let counted = indicators::make(conn, at, &IndicatorQuestion::of_social_value(&question.award, &question.financial_year))?;
    let told: HashMap<Id, IndicatorReportRow> = counted.rows.into_iter().map(|row| (row.indicator.id, row)).collect();
    let (aims, named) = (aims(conn)?, store::awards_named(conn)?);
    let mut all: Vec<IndicatorRow> = store::indicators(conn, at)?;
    let awards_of = |one: &IndicatorRow| named.get(&(one.id, one.version)).cloned().unwrap_or_default();
    let is_asked = |one: &IndicatorRow| asked.awards.is_empty() || awards_of(one).iter().any(|award| asked.awards.contains(award));
    all.retain(|one| one.is_social_value && is_asked(one));
    let ids: HashSet<Id> = all.iter().flat_map(awards_of).collect();
    let names = store::awards(conn, &ids.into_iter().collect::<Vec<Id>>(), at)?;
    let of = |one: &IndicatorRow| {
        let mut awards: Vec<Named> = awards_of(one).into_iter().map(|award| known(&names, award)).collect();
        awards.sort_by(|a, b| a.code.cmp(&b.code));
        let targets = aims.get(&(one.id, one.version)).map(Vec::as_slice).unwrap_or_default();
        asked.row(one, targets, told.get(&one.id), awards)
    };
    let rows: Vec<SocialValueRow> = all.iter().map(of).collect();
    let ledger_check = LedgerAgreement::beside(conn, at)?;
    Ok(SocialValueReport { as_at: at.as_at, known_at: at.known_at, totals: total(&rows), ledger_check, rows })
}

async fn social_value(call: Ask<can::CountsRead, (), Search<SocialValueQuestion>>) -> Result<Answer<SocialValueReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Show what social value was promised and what was delivered";
    api.get("/v1/reports/social-value", "reports_social_value", summary, social_value);
}
