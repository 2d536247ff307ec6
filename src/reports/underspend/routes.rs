//! The likely underspend over HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Pence, Quarter, Refusal};
use crate::ledger::{Holder, Tallies, Tally};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::book::load::{LATER_MAX, weights};
use crate::reports::book::store as book;
use crate::reports::names::{self, known};
use crate::reports::outturn::routes::{lines_of_award, told};
use crate::reports::outturn::rules::Line;
use crate::reports::outturn::store::{self as awards, AwardRow};
use crate::reports::returned::store as returned;
use crate::reports::underspend::rules::{Over, assumed, forecast, likely};
use crate::store::Conn;

words! {
    /// By what the likely underspend is told.
    pub enum UnderspendGroup {
        /// By award.
        Award = "award",
        /// By funding source; what an award is likely to leave over is shared as its lines are committed.
        Source = "source",
    }
}

/// What is asked of the likely underspend.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct UnderspendQuestion {
    /// Only awards out of these funds, by code or id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only money of these sources, by code or id: of an award that several pay, their share.
    #[serde(default)]
    #[schema(max_items = 20)]
    source: Vec<String>,
    /// Only awards of these providers, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// By award, or by source; by award where it is left out.
    group_by: Option<UnderspendGroup>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for UnderspendQuestion {
    const NAME: &'static str = "underspend";
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

/// An award or a source: as a whole, and then quarter by quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnderspendRow {
    /// The award; null by source.
    pub award: Option<Named>,
    /// The source; null by award.
    pub funding_source: Option<Named>,
    /// The quarter; null for the whole.
    pub quarter: Option<Quarter>,
    /// What is committed, paid included; null for a quarter.
    #[schema(value_type = Option<i64>)]
    pub committed_pence: Option<Pence>,
    /// Paid to providers, also what came back of it; null for a quarter.
    #[schema(value_type = Option<i64>)]
    pub paid_pence: Option<Pence>,
    /// Come back from providers after payment; null for a quarter.
    #[schema(value_type = Option<i64>)]
    pub recovered_pence: Option<Pence>,
    /// What of the commitment is paid: paid less recovered; null for a quarter.
    #[schema(value_type = Option<i64>)]
    pub net_paid_pence: Option<Pence>,
    /// What the agreed profile plans.
    #[schema(value_type = i64)]
    pub profile_pence: Pence,
    /// What was accepted as spent, adjusted.
    #[schema(value_type = i64)]
    pub actual_pence: Pence,
    /// What the forecast in force expects, where nothing was accepted.
    #[schema(value_type = i64)]
    pub forecast_pence: Pence,
    /// What is taken to go as planned, since neither is known.
    #[schema(value_type = i64)]
    pub assumed_pence: Pence,
    /// Of the whole, what is committed and likely not to be spent: null where nothing says what is still to come. Of a quarter, what is planned less what was
    /// spent, is expected or is taken to go as planned: below nothing where more goes than was planned.
    #[schema(value_type = Option<i64>)]
    pub underspend_pence: Option<Pence>,
    /// Of that what is not paid yet, so that a variation can release it; null for a quarter.
    #[schema(value_type = Option<i64>)]
    pub releasable_pence: Option<Pence>,
    /// Where a variation that lowers the award's value is drafted, once something can be released; none of an award that is over, which releases what is left when
    /// it is closed. It carries a profile that follows what was spent; without
    /// one the quarters to come are cut, and as much is likely to be left over as before. What it releases is free in the fund period, to be offered again.
    #[schema(max_length = 200)]
    pub release_url: Option<String>,
}

/// What the awards shown come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnderspendTotal {
    /// How many awards are shown.
    pub award_count: i64,
    /// Of how many nothing says what is still to come, so that they are left out of the underspend.
    pub unknown_award_count: i64,
    /// What is committed, paid included.
    #[schema(value_type = i64)]
    pub committed_pence: Pence,
    /// Paid to providers, also what came back of it.
    #[schema(value_type = i64)]
    pub paid_pence: Pence,
    /// Come back from providers after payment.
    #[schema(value_type = i64)]
    pub recovered_pence: Pence,
    /// What of the commitments is paid: paid less recovered.
    #[schema(value_type = i64)]
    pub net_paid_pence: Pence,
    /// What is likely not to be spent.
    #[schema(value_type = i64)]
    pub underspend_pence: Pence,
    /// Of that what can be released.
    #[schema(value_type = i64)]
    pub releasable_pence: Pence,
}

/// What awards are likely to leave over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnderspendReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What they come to.
    totals: UnderspendTotal,
    /// Whether what all awards hold agrees with the ledger, added up another way, what is shown with what the awards shown hold, and the rows with the totals.
    pub ledger_check: LedgerAgreement,
    /// By award or source, the whole before its quarters.
    #[schema(max_items = 1_000_000)]
    rows: Vec<UnderspendRow>,
}

impl Report for UnderspendReport {
    type Row = UnderspendRow;
    type Rows = std::vec::IntoIter<UnderspendRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for UnderspendRow {
    const COLUMNS: &'static [&'static str] = &[
        "award_reference",
        "award_title",
        "funding_source_code",
        "funding_source_name",
        "quarter",
        "committed_pounds",
        "paid_pounds",
        "profile_pounds",
        "actual_pounds",
        "forecast_pounds",
        "assumed_pounds",
        "underspend_pounds",
        "releasable_pounds",
        "recovered_pounds",
        "net_paid_pounds",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = Cell::named(self.award.as_ref()).into_iter().chain(Cell::named(self.funding_source.as_ref())).collect();
        cells.push(self.quarter.map_or(Cell::Empty, |quarter| Cell::Plain(quarter.to_string())));
        cells.extend([self.committed_pence, self.paid_pence].map(Cell::pounds));
        cells.extend([self.profile_pence, self.actual_pence, self.forecast_pence, self.assumed_pence].map(Cell::Pounds));
        cells.extend([self.underspend_pence, self.releasable_pence, self.recovered_pence, self.net_paid_pence].map(Cell::pounds));
        cells
    }
}

/// Amounts of a whole or a quarter, in the order of a row. What is not known of one award is left out of a sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    committed: Pence,
    paid: Pence,
    recovered: Pence,
    profile: Pence,
    actual: Pence,
    forecast: Pence,
    assumed: Pence,
    underspend: Pence,
    releasable: Pence,
    is_known: bool,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.committed = self.committed + other.committed;
        self.paid = self.paid + other.paid;
        self.recovered = self.recovered + other.recovered;
        self.profile = self.profile + other.profile;
        self.actual = self.actual + other.actual;
        self.forecast = self.forecast + other.forecast;
        self.assumed = self.assumed + other.assumed;
        self.underspend = self.underspend + other.underspend;
        self.releasable = self.releasable + other.releasable;
        self.is_known |= other.is_known;
    }

    fn row(&self, quarter: Option<Quarter>) -> UnderspendRow {
        let of_whole = |pence: Pence| Some(pence).filter(|_| quarter.is_none());
        UnderspendRow {
            award: None,
            funding_source: None,
            quarter,
            committed_pence: of_whole(self.committed),
            paid_pence: of_whole(self.paid),
            recovered_pence: of_whole(self.recovered),
            net_paid_pence: of_whole(self.paid - self.recovered),
            profile_pence: self.profile,
            actual_pence: self.actual,
            forecast_pence: self.forecast,
            assumed_pence: self.assumed,
            underspend_pence: Some(self.underspend).filter(|_| self.is_known),
            releasable_pence: of_whole(self.releasable).filter(|_| self.is_known),
            release_url: None,
        }
    }
}

/// The whole, under no quarter, and each quarter.
type Told = BTreeMap<Option<Quarter>, Sums>;

/// The budget lines of an award: source, and what it has.
type Bearers = Vec<(Id, Id, Tally)>;

/// What each line of an award bears of what is likely, by its source. The shares of all lines together are the whole, to the penny.
fn borne(lines: &[Line], over: Option<&Over>, bearers: &Bearers) -> Vec<(Id, Told)> {
    let tallies: Vec<(Id, Tally)> = bearers.iter().map(|(line, _, tally)| (*line, *tally)).collect();
    let weights = weights(&tallies);
    let unpaid: Vec<Pence> = tallies.iter().map(|(_, tally)| tally.committed - tally.net_paid()).collect();
    let committed: Pence = tallies.iter().map(|(_, tally)| tally.committed).sum();
    let whole = likely(lines, over, committed, unpaid.iter().copied().sum());
    let mut all: Vec<(Id, Told)> = bearers.iter().map(|(_, source, _)| (*source, Told::new())).collect();
    let releasable = whole.releasable.unwrap_or_default().shares(&unpaid);
    let cut = |pence: Pence| pence.shares(&weights);
    let spread = [whole.profile, whole.actual, whole.forecast, whole.assumed, whole.underspend.unwrap_or_default()].map(cut);
    for (at, ((_, told), (_, tally))) in all.iter_mut().zip(&tallies).enumerate() {
        let [profile, actual, forecast, assumed, underspend] = spread.each_ref().map(|parts| parts.get(at).copied().unwrap_or_default());
        let sums = Sums {
            committed: tally.committed,
            paid: tally.paid,
            recovered: tally.recovered,
            profile,
            actual,
            forecast,
            assumed,
            underspend,
            releasable: releasable.get(at).copied().unwrap_or_default(),
            is_known: whole.underspend.is_some(),
        };
        told.insert(None, sums);
    }
    for line in lines {
        let assumed = assumed(line, over).unwrap_or_default();
        let actual = line.accepted.unwrap_or_default() + line.adjusted.unwrap_or_default();
        let (profile, forecast) = (line.profile.unwrap_or_default(), forecast(line, over).unwrap_or_default());
        let left = profile - actual - forecast - assumed;
        let spread = [profile, actual, forecast, assumed, left].map(cut);
        for (at, (_, told)) in all.iter_mut().enumerate() {
            let [profile, actual, forecast, assumed, underspend] =
                spread.each_ref().map(|parts| parts.get(at).copied().unwrap_or_default());
            let is_known = line.profile.is_some();
            told.insert(Some(line.quarter), Sums { profile, actual, forecast, assumed, underspend, is_known, ..Sums::default() });
        }
    }
    all
}

/// What a question is narrowed to.
struct Asked {
    funds: HashSet<Id>,
    sources: HashSet<Id>,
    providers: HashSet<Id>,
}

impl Asked {
    fn new(conn: &mut Conn, question: &UnderspendQuestion) -> Result<Self, Refusal> {
        let mut faults = Faults::new();
        let asked = Self {
            funds: names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?,
            sources: names::resolve(conn, Dimension::Source, "source", &question.source, &mut faults)?,
            providers: names::resolve(conn, Dimension::Provider, "provider", &question.provider, &mut faults)?,
        };
        faults.into_result().map(|()| asked)
    }

    fn wants(&self, row: &AwardRow) -> bool {
        let holds = |wanted: &HashSet<Id>, id: Option<Id>| wanted.is_empty() || id.is_some_and(|id| wanted.contains(&id));
        holds(&self.funds, Some(row.fund_id)) && holds(&self.providers, row.provider_id)
    }

    fn wants_source(&self, source: Id) -> bool {
        self.sources.is_empty() || self.sources.contains(&source)
    }
}

fn bearers(conn: &mut Conn, at: At) -> Result<(HashMap<Id, Bearers>, LedgerAgreement), Refusal> {
    let sources: HashMap<Id, Id> = book::lines(conn, at)?.into_iter().map(|line| (line.id, line.source_id)).collect();
    let mut all: HashMap<Id, Bearers> = HashMap::new();
    let tallies = Tallies::at(conn, at.as_at, at.known_at, LATER_MAX)?;
    let mut is_whole = true;
    for (award, line, tally) in tallies.of_each(Holder::Award).filter(|(.., tally)| tally.committed.is_positive()) {
        match sources.get(&line) {
            Some(source) => all.entry(award).or_default().push((line, *source, tally)),
            // Money of a line that there is none of: it is in no row, and that is said.
            None => is_whole = false,
        }
    }
    // In the order in which the lines were made, so that a penny that is left over goes to the same line in every answer.
    all.values_mut().for_each(|own| own.sort_unstable_by_key(|(line, ..)| *line));
    Ok((all, LedgerAgreement::of_tallies(conn, at, &tallies)?.holding(is_whole)))
}

/// States of awards that spend no more.
const OVER: [&str; 3] = ["ended", "terminated", "closed"];

/// The days of the returns that each award owes and that are not accepted.
fn awaited(conn: &mut Conn, at: At) -> Result<HashMap<Id, Vec<returned::Days>>, Refusal> {
    let mut all: HashMap<Id, Vec<returned::Days>> = HashMap::new();
    for (award, days) in returned::awaited(conn, at)? {
        all.entry(award).or_default().push(days);
    }
    Ok(all)
}

fn over(award: &AwardRow, awaited: Option<Vec<returned::Days>>) -> Over {
    Over { ended_on: award.ended_on, awaited: awaited.unwrap_or_default() }
}

/// Makes the report.
///
/// # Errors
/// A fault for each record asked for that there is not; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &UnderspendQuestion) -> Result<UnderspendReport, Refusal> {
    let asked = Asked::new(conn, question)?;
    let (mut told, mut profiles, held) = (told(conn, at)?, awards::profiles(conn)?, awards::in_force(conn, at)?);
    let sources = names::store::sources(conn, at.known_at)?;
    let ((mut bearers, ledger_check), mut awaited) = (bearers(conn, at)?, awaited(conn, at)?);
    let is_by_source = question.group_by == Some(UnderspendGroup::Source);
    let (mut by_source, mut rows): (BTreeMap<Id, Told>, Vec<UnderspendRow>) = (BTreeMap::new(), Vec::new());
    let (mut totals, mut shown) = (UnderspendTotal::default(), Tally::default());
    for award in awards::awards(conn, at)?.iter().filter(|award| asked.wants(award)) {
        let Some(own) = bearers.remove(&award.id) else { continue };
        shown = own.iter().filter(|(_, source, _)| asked.wants_source(*source)).fold(shown, |sum, (.., tally)| sum + *tally);
        let lines = lines_of_award(award, told.remove(&award.id), profiles.remove(&(award.id, award.terms_no)), held.get(&award.id));
        let over = OVER.contains(&award.state.as_str()).then(|| over(award, awaited.remove(&award.id)));
        let mut parts = borne(&lines, over.as_ref(), &own);
        parts.retain(|(source, _)| asked.wants_source(*source));
        let mut whole = Told::new();
        for (source, part) in &parts {
            merge(&mut whole, part);
            merge(by_source.entry(*source).or_default(), part);
        }
        totals.count(whole.get(&None));
        if !is_by_source {
            let named = Named { id: award.id, code: award.reference.clone(), name: award.title.clone() };
            rows.extend(whole.iter().map(|(quarter, sums)| of_award(&named, over.is_some(), sums.row(*quarter))));
        }
    }
    if is_by_source {
        let mut named: Vec<(Named, Told)> = by_source.into_iter().map(|(id, told)| (known(&sources, id), told)).collect();
        named.sort_by(|a, b| a.0.code.cmp(&b.0.code));
        for (source, told) in named {
            rows.extend(told.iter().map(|(quarter, sums)| UnderspendRow { funding_source: Some(source.clone()), ..sums.row(*quarter) }));
        }
    }
    let ledger_check = ledger_check.holding(totals.holds(shown) && totals.is_of(&rows));
    Ok(UnderspendReport { as_at: at.as_at, known_at: at.known_at, totals, ledger_check, rows })
}

fn merge(all: &mut Told, part: &Told) {
    for (quarter, sums) in part {
        all.entry(*quarter).or_default().add(sums);
    }
}

fn of_award(award: &Named, is_over: bool, row: UnderspendRow) -> UnderspendRow {
    // An award that is over is not varied: what is left of it is released when it is closed.
    let can_release = !is_over && row.releasable_pence.is_some_and(Pence::is_positive);
    let release_url = can_release.then(|| format!("/v1/awards/{}/variations", award.id));
    UnderspendRow { award: Some(award.clone()), release_url, ..row }
}

impl UnderspendTotal {
    /// Whether it is what budget lines hold.
    fn holds(&self, held: Tally) -> bool {
        (self.committed_pence, self.paid_pence, self.recovered_pence) == (held.committed, held.paid, held.recovered)
    }

    /// Whether it is what rows come to, without those of quarters.
    fn is_of(&self, rows: &[UnderspendRow]) -> bool {
        let sum =
            |amount: fn(&UnderspendRow) -> Option<Pence>| rows.iter().filter(|row| row.quarter.is_none()).filter_map(amount).sum::<Pence>();
        sum(|row| row.committed_pence) == self.committed_pence
            && sum(|row| row.paid_pence) == self.paid_pence
            && sum(|row| row.recovered_pence) == self.recovered_pence
            && sum(|row| row.underspend_pence) == self.underspend_pence
    }

    fn count(&mut self, whole: Option<&Sums>) {
        let Some(whole) = whole else { return };
        self.award_count += 1;
        self.unknown_award_count += i64::from(!whole.is_known);
        self.committed_pence = self.committed_pence + whole.committed;
        self.paid_pence = self.paid_pence + whole.paid;
        self.recovered_pence = self.recovered_pence + whole.recovered;
        self.net_paid_pence = self.paid_pence - self.recovered_pence;
        self.underspend_pence = self.underspend_pence + whole.underspend;
        self.releasable_pence = self.releasable_pence + whole.releasable;
    }
}

async fn underspend(call: Ask<can::ReportsRead, (), Search<UnderspendQuestion>>) -> Result<Answer<UnderspendReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Show what awards are likely not to need, by award or source and quarter, and what of it can be released";
    api.get("/v1/reports/underspend", "reports_underspend", summary, underspend);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However an award is split: what its lines bear is together what is likely of the award.
        #[test]
        fn the_shares_of_all_sources_are_the_whole(
            split in prop::collection::vec((1_i64..1_000_000, 0_i64..1_000_000), 1..6),
            quarters in prop::collection::vec((0_i64..1_000_000, 0_i64..1_000_000), 0..5),
        ) {
            let bearers: Bearers = split.iter().map(|(committed, paid)| {
                let tally = Tally { committed: Pence(*committed), paid: Pence(*paid.min(committed)), sides: 1, ..Tally::default() };
                (Id::new(), Id::new(), tally)
            }).collect();
            let mut quarter: Quarter = "2020-21-Q1".parse().unwrap();
            let mut lines = Vec::new();
            for (profile, actual) in &quarters {
                let (profile, actual) = (Some(Pence(*profile)), Some(Pence(*actual)));
                lines.push(Line { quarter, profile, accepted: actual, adjusted: None, actual, forecast: None, outturn: actual, is_told_later: false });
                quarter = quarter.next().unwrap();
            }
            let committed: Pence = split.iter().map(|(committed, _)| Pence(*committed)).sum();
            let paid: Pence = split.iter().map(|(committed, paid)| Pence(*paid.min(committed))).sum();
            let whole = likely(&lines, None, committed, committed - paid);
            let mut sum = Told::new();
            borne(&lines, None, &bearers).iter().for_each(|(_, part)| merge(&mut sum, part));
            let all = sum[&None];
            prop_assert_eq!((all.underspend, all.releasable), (whole.underspend.unwrap_or_default(), whole.releasable.unwrap_or_default()));
            prop_assert_eq!((all.committed, all.actual, all.profile), (committed, whole.actual, whole.profile));
        }
    }
}
