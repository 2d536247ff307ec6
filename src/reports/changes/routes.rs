//! Changes of the allocations over HTTP.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Id, Moment, Named, PeriodLabel, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::allocations::amounts::{AllocationAmounts, AllocationRow, Scope};
use crate::reports::allocations::routes::Narrowing;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, each_once, report_named};
use crate::reports::book::{Book, Dimension, Needs};
use crate::reports::changes::pictures::{Change, Picture, Unexplained, unexplained};
use crate::reports::changes::store::{self, EventRow};
use crate::reports::changes::walk::{Ends, Step, Walked, walk};
use crate::store::Conn;

/// How many moments are looked at in one answer, since the book is made again for each.
const MOMENTS_MAX: usize = 500;
/// How long an answer may take. Reports wait for each other, so one that takes longer is asked for in pieces.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked of the changes.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ChangesQuestion {
    /// What was known at this moment is compared: the `known_at` of the earlier report.
    from_known_at: Moment,
    /// With what was known at this one: the `known_at` of the later report; the latest closed moment where it is left out.
    to_known_at: Option<Moment>,
    /// Only these funds, by code or id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only these financial years, or periods of several years that were never split (`2016-22`).
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only money of these funding sources, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    source: Vec<String>,
    /// Only these tranches, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    tranche: Vec<String>,
    /// Only these providers, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only these programmes, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only these themes.
    #[serde(default)]
    #[schema(max_items = 20)]
    theme: Vec<String>,
    /// Only these categories.
    #[serde(default)]
    #[schema(max_items = 20)]
    category: Vec<String>,
    /// Only awards that cover these areas, alone or with others, by code or id. Their amounts are never split.
    #[serde(default)]
    #[schema(max_items = 20)]
    area: Vec<String>,
    /// What the rows of both reports are grouped by, in this order: fund and award where it is left out.
    #[serde(default)]
    #[schema(max_items = 11)]
    group_by: Vec<Dimension>,
    /// As at this day, in both reports; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for ChangesQuestion {
    const NAME: &'static str = "changes";
    fn as_at(&self) -> Option<NaiveDate> {
        self.as_at
    }
    fn known_at(&self) -> Option<Moment> {
        self.to_known_at
    }
    fn format(&self) -> Option<Format> {
        self.format
    }
}

impl ChangesQuestion {
    fn narrowing(&self) -> Narrowing<'_> {
        Narrowing {
            fund: &self.fund,
            financial_year: &self.financial_year,
            source: &self.source,
            tranche: &self.tranche,
            provider: &self.provider,
            programme: &self.programme,
            theme: &self.theme,
            category: &self.category,
            area: &self.area,
        }
    }
}

/// Amounts and counts in both reports.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangedTotals {
    /// In the earlier report.
    before: AllocationAmounts,
    /// In the later report.
    after: AllocationAmounts,
    /// By how much the later one is more.
    difference: AllocationAmounts,
}

/// A row that differs between both reports.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Difference {
    /// What it is called now, where it was called otherwise before.
    #[schema(max_length = 4000)]
    renamed: Option<String>,
    /// The row as it is called now, with what it is more by in each column.
    #[serde(flatten)]
    difference: AllocationRow,
}

/// What one act did to one row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeRow {
    /// When the act was recorded; by when, where `act` is null.
    recorded_at: Moment,
    /// The act; null where the log has none at that moment, so that the change is not explained.
    #[schema(max_length = 400)]
    act: Option<String>,
    /// Who did it; null for whoever may not read the log (`audit.read`).
    #[schema(max_length = 1000)]
    actor: Option<String>,
    /// Why, where that was said; null for whoever may not read the log.
    #[schema(max_length = 4000)]
    reason: Option<String>,
    /// What kind of record the log names first.
    #[schema(max_length = 100)]
    record_kind: Option<String>,
    /// That record.
    record_id: Option<Id>,
    /// The awards whose amounts the act changed or moved, in any row.
    #[schema(max_items = 100_000)]
    awards: Vec<Named>,
    /// The funds whose amounts it changed or moved, in any row.
    #[schema(max_items = 10_000)]
    funds: Vec<Named>,
    /// What the row is called since, where the act gave it another name.
    #[schema(max_length = 4000)]
    renamed: Option<String>,
    /// The row, with what the act added to each column.
    #[serde(flatten)]
    change: AllocationRow,
}

/// What differs between two runs of the allocation report, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangesReport {
    /// The day of both reports.
    as_at: NaiveDate,
    /// The moment of the earlier one.
    from_known_at: Moment,
    /// The moment of the later one.
    known_at: Moment,
    /// What the rows of both are grouped by.
    group_by: Vec<Dimension>,
    /// Whether anything differs.
    is_changed: bool,
    /// The finding in words.
    #[schema(max_length = 400)]
    note: String,
    /// How much of the differences no act in the log accounts for, each column of each row added up without its sign; nothing where the log is
    /// whole.
    unexplained_pence: i64,
    /// The same of the counts of awards, projects and organisations.
    #[schema(minimum = 0)]
    unexplained_counts: i64,
    /// How many rows have another name that no act in the log gave them.
    #[schema(minimum = 0)]
    unexplained_names: i64,
    /// Whether both reports agree with the whole ledger, added up another way, and how many movements the later one is made of.
    ledger_check: LedgerAgreement,
    /// Everything asked for together.
    total_amounts: ChangedTotals,
    /// The rows that differ, in the order of what they are grouped by.
    #[schema(max_items = 1_000_000)]
    differences: Vec<Difference>,
    /// What each act did to each row, in the order in which the acts were recorded. Those of a row add up to its difference, in every column.
    #[schema(max_items = 1_000_000)]
    rows: Vec<ChangeRow>,
}

impl Report for ChangesReport {
    type Row = ChangeRow;
    type Rows = std::vec::IntoIter<ChangeRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for ChangeRow {
    const COLUMNS: &'static [&'static str] = &[
        "recorded_at",
        "act",
        "actor",
        "reason",
        "record_kind",
        "record_id",
        "award_references",
        "fund_codes",
        "renamed",
    ];
    const MORE: &'static [&'static [&'static str]] = &[AllocationRow::COLUMNS, AllocationAmounts::COLUMNS];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        cells.push(Cell::Moment(self.recorded_at));
        cells.extend([&self.act, &self.actor, &self.reason, &self.record_kind].map(|words| Cell::text(words.as_deref())));
        cells.push(self.record_id.map_or(Cell::Empty, |id| Cell::Plain(id.to_string())));
        for records in [&self.awards, &self.funds] {
            cells.push(Cell::list(records.iter().map(|one| one.code.as_str())));
        }
        cells.push(Cell::text(self.renamed.as_deref()));
        cells.extend(self.change.cells());
        cells
    }
}

/// What was asked, settled.
struct Asked<'a> {
    question: &'a ChangesQuestion,
    by: Vec<Dimension>,
    as_at: NaiveDate,
}

impl Asked<'_> {
    /// The allocations as they were known at a moment, and which of their columns can be told.
    fn picture(&self, conn: &mut Conn, known_at: Moment) -> Result<(Picture, Scope), Refusal> {
        let needs = Needs {
            areas: self.by.contains(&Dimension::Area) || !self.question.area.is_empty(),
            awards: true,
            statuses: self.by.contains(&Dimension::ProviderStatus),
        };
        let book = Book::load(conn, At { as_at: self.as_at, known_at }, needs)?;
        let filter = self.question.narrowing().filter(conn, &book)?;
        let scope = Scope::new(&filter.dimensions().collect::<Vec<_>>(), &self.by);
        Ok((Picture::of(&book, &filter, &self.by, scope), scope))
    }
}

/// The moments between both, where they are few enough for one answer.
fn moments(conn: &mut Conn, from: Moment, to: Moment) -> Result<BTreeSet<Moment>, Refusal> {
    if from > to {
        let message =
            format!("The first moment comes after the second, {to}. Give the `known_at` of the earlier report as `from_known_at`.");
        return Err(Refusal::invalid("query:from_known_at", "reversed_dates", message));
    }
    let all = store::moments(conn, from, to)?;
    match all.iter().nth(MOMENTS_MAX - 1) {
        Some(last) if all.len() > MOMENTS_MAX => {
            let message = format!(
                "{} acts lie between the two moments, and one answer explains {MOMENTS_MAX}. Ask in pieces: first with `to_known_at={last}`, then \
                 with that moment as `from_known_at`.",
                all.len()
            );
            Err(Refusal::invalid("query:to_known_at", "too_many_acts", message))
        }
        _ => Ok(all),
    }
}

/// Words each once, joined.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut once: Vec<&str> = Vec::new();
    for word in words {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    if once.is_empty() { None } else { Some(once.join("; ")) }
}

fn change_row(step: &Step, change: &Change, events: &[EventRow], scope: Scope, with_people: bool) -> ChangeRow {
    // Who acts and what they write of it is the log's, which fewer people read than reports.
    let of_log = if with_people { events } else { &[] };
    let record = events.iter().find(|event| event.record_id.is_some());
    ChangeRow {
        recorded_at: step.recorded_at,
        act: joined(events.iter().map(|event| event.act.as_str())),
        actor: joined(of_log.iter().map(|event| event.actor_name.as_str())),
        reason: joined(of_log.iter().filter_map(|event| event.reason.as_deref())),
        record_kind: record.and_then(|event| event.record_kind.clone()),
        record_id: record.and_then(|event| event.record_id),
        awards: step.awards.clone(),
        funds: step.funds.clone(),
        renamed: change.renamed.clone(),
        change: labelled(change, scope),
    }
}

fn labelled(change: &Change, scope: Scope) -> AllocationRow {
    AllocationRow { amounts: scope.amounts(&change.sums, false), ..change.labels.clone() }
}

fn note(differences: &[Change], steps: usize, left: Unexplained) -> String {
    match (differences.is_empty(), left == Unexplained::default()) {
        (true, true) if steps == 0 => {
            "Nothing differs: both reports say the same, and no act between them changed what they are read from.".to_owned()
        }
        (true, true) => "Nothing differs: what acts between both moments changed they changed back.".to_owned(),
        (false, true) => "Every difference is explained by the acts below.".to_owned(),
        (_, false) => "Not every difference is explained by an act in the log. Run `almoner verify`.".to_owned(),
    }
}

fn too_slow(acts: usize, at: Moment) -> Refusal {
    let message = format!(
        "{acts} acts lie between the two moments, and what they did cannot be worked out in the {} seconds that an answer has. Ask in pieces: first \
         with `to_known_at={at}`, then with that moment as `from_known_at`.",
        PATIENCE.as_secs()
    );
    Refusal::invalid("query:to_known_at", "too_many_acts", message)
}

fn make(conn: &mut Conn, at: At, question: &ChangesQuestion, with_people: bool) -> Result<ChangesReport, Refusal> {
    let began = Instant::now();
    let mut by = each_once(&question.group_by);
    if by.is_empty() {
        by = vec![Dimension::Fund, Dimension::Award];
    }
    let asked = Asked { question, by, as_at: at.as_at };
    let moments = moments(conn, question.from_known_at, at.known_at)?;
    let (before, scope) = asked.picture(conn, question.from_known_at)?;
    let (after, _) = asked.picture(conn, at.known_at)?;
    let ends = Ends { from: question.from_known_at, before: &before, to: at.known_at, after: &after };
    let picture = |known_at| asked.picture(conn, known_at).map(|(picture, _)| picture);
    let steps = match walk(&moments, &ends, picture, || began.elapsed() > PATIENCE)? {
        Walked::Whole(steps) => steps,
        Walked::Stopped(at) => return Err(too_slow(moments.len(), at)),
    };
    let of_steps: Vec<Moment> = steps.iter().map(|step| step.recorded_at).collect();
    let events: HashMap<Moment, Vec<EventRow>> = store::events(conn, &of_steps)?;
    let told = |step: &Step| events.get(&step.recorded_at).map(Vec::as_slice).unwrap_or_default();
    let differences = after.since(&before);
    let (known, unknown): (Vec<&Step>, Vec<&Step>) = steps.iter().partition(|step| !told(step).is_empty());
    let left = unexplained(&differences, known.iter().flat_map(|step| &step.changes), unknown.iter().flat_map(|step| &step.changes));
    let mut rows = Vec::new();
    for step in &steps {
        rows.extend(step.changes.iter().map(|change| change_row(step, change, told(step), scope, with_people)));
    }
    Ok(ChangesReport {
        as_at: at.as_at,
        from_known_at: question.from_known_at,
        known_at: at.known_at,
        is_changed: !differences.is_empty(),
        note: note(&differences, steps.len(), left),
        unexplained_pence: left.pence,
        unexplained_counts: left.counts,
        unexplained_names: left.names,
        ledger_check: LedgerAgreement { balanced: before.is_balanced && after.is_balanced, transfers: after.transfers },
        total_amounts: ChangedTotals {
            before: scope.amounts(&before.total, true),
            after: scope.amounts(&after.total, true),
            difference: scope.amounts(&after.total.less(before.total), true),
        },
        differences: differences.iter().map(|one| Difference { renamed: one.renamed.clone(), difference: labelled(one, scope) }).collect(),
        rows,
        group_by: asked.by,
    })
}

async fn changes(call: Ask<can::ReportsRead, (), Search<ChangesQuestion>>) -> Result<Answer<ChangesReport>, Refusal> {
    let with_people = call.input.caller.may(Permission::AuditRead);
    // Another name has another tag: a cache must not take the one answer for the other.
    let name = if with_people { ChangesQuestion::NAME } else { "changes-without-people" };
    report_named(call, name, move |conn, at, question| make(conn, at, question, with_people)).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Explain what differs between two runs of the allocation report, act by act";
    api.get("/v1/reports/changes", "reports_changes", summary, changes);
}
