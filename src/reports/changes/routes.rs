//! Changes of the allocations over HTTP.

use std::collections::HashMap;
use std::time::Instant;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Moment, Named, PeriodLabel, Refusal};
use crate::reports::agreement::{LedgerAgreement, LedgerChecked};
use crate::reports::allocations::amounts::{AllocationAmounts, AllocationRow, Scope};
use crate::reports::allocations::routes::Narrowing;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, each_once, report_named};
use crate::reports::book::{Book, Dimension, Needs};
use crate::reports::changes::logged::LoggedAct;
use crate::reports::changes::pages;
use crate::reports::changes::pictures::{Change, Did, Picture, Unexplained, unexplained};
use crate::reports::changes::store::{self, EventRow};
use crate::reports::changes::walk::{Ends, Step, Walked, walk};
use crate::store::Conn;

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
    /// Go on after this moment: the `next_after_known_at` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_known_at: Option<Moment>,
    /// How many acts one answer explains at the most; 500 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 500)]
    limit: Option<u16>,
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
    fn known_from(&self) -> Option<Moment> {
        Some(self.from_known_at)
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
    /// The act.
    #[serde(flatten)]
    logged: LoggedAct,
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
    /// This page explains what was recorded after this moment
    explained_from: Moment,
    /// and up to this one.
    explained_to: Moment,
    /// At how many moments between both reports something was recorded that they are read from; other acts of the log are none of them.
    #[schema(minimum = 0)]
    act_count: i64,
    /// Where more acts lie between both than one answer explains: ask again with this as `after_known_at`. Null on the last page.
    next_after_known_at: Option<Moment>,
    /// How much of what this page's acts have to explain no act in the log accounts for, each column of each row added up without its sign; nothing where the log is
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
    /// Everything asked for together, in the two reports.
    total_amounts: ChangedTotals,
    /// The rows that differ between the two reports, in the order of what they are grouped by.
    #[schema(max_items = 1_000_000)]
    differences: Vec<Difference>,
    /// What each act of the page did to each row, in the order in which the acts were recorded. Over all pages those of a row add up to its difference, in
    /// every column.
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
    const COLUMNS: &'static [&'static str] = LoggedAct::COLUMNS;
    const MORE: &'static [&'static [&'static str]] =
        &[&["award_references", "fund_codes", "renamed"], AllocationRow::COLUMNS, AllocationAmounts::COLUMNS];

    fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.logged.cells().collect();
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

fn change_row(step: &Step<Did>, change: &Change, logged: &LoggedAct, scope: Scope) -> ChangeRow {
    ChangeRow {
        logged: logged.clone(),
        awards: step.did.awards.clone(),
        funds: step.did.funds.clone(),
        renamed: change.renamed.clone(),
        change: labelled(change, scope),
    }
}

fn labelled(change: &Change, scope: Scope) -> AllocationRow {
    AllocationRow { amounts: scope.amounts(&change.sums, false), ..change.labels.clone() }
}

fn note(differences: &[Change], steps: usize, left: Unexplained, is_all: bool) -> String {
    match (differences.is_empty(), left == Unexplained::default()) {
        (_, false) => "Not every difference is explained by an act in the log. Run `almoner verify`.".to_owned(),
        (_, true) if !is_all => {
            "What was recorded from `explained_from` to `explained_to` is explained by the acts below; other pages explain the rest."
                .to_owned()
        }
        (true, true) if steps == 0 => {
            "Nothing differs: both reports say the same, and no act between them changed what they are read from.".to_owned()
        }
        (true, true) => "Nothing differs: what acts between both moments changed they changed back.".to_owned(),
        (false, true) => "Every difference is explained by the acts below.".to_owned(),
    }
}

/// What a page's acts did, with what the log says of them.
struct Explained {
    steps: Vec<Step<Did>>,
    events: HashMap<Moment, Vec<EventRow>>,
}

impl Explained {
    fn rows(&self, scope: Scope, with_people: bool) -> Vec<ChangeRow> {
        let of = |step: &Step<Did>| -> Vec<ChangeRow> {
            let logged = LoggedAct::of(step.recorded_at, self.events.get(&step.recorded_at), with_people);
            step.did.changes.iter().map(|change| change_row(step, change, &logged, scope)).collect()
        };
        self.steps.iter().flat_map(of).collect()
    }

    /// How much of what differs between both ends of the page no act accounts for.
    fn unexplained(&self, differences: &[Change]) -> Unexplained {
        let (known, unknown): (Vec<&Step<Did>>, Vec<&Step<Did>>) =
            self.steps.iter().partition(|step| self.events.contains_key(&step.recorded_at));
        let of = |steps: Vec<&'_ Step<Did>>| steps.into_iter().flat_map(|step| step.did.changes.clone()).collect::<Vec<_>>();
        let (known, unknown) = (of(known), of(unknown));
        unexplained(differences, known.iter(), unknown.iter())
    }
}

fn make(conn: &mut Conn, at: At, question: &ChangesQuestion, with_people: bool) -> Result<ChangesReport, Refusal> {
    let began = Instant::now();
    let mut by = each_once(&question.group_by);
    if by.is_empty() {
        by = vec![Dimension::Fund, Dimension::Award];
    }
    let asked = Asked { question, by, as_at: at.as_at };
    let limit = question.limit.unwrap_or(pages::ACTS_MAX);
    let page = pages::Asked { from: question.from_known_at, to: at.known_at, after: question.after_known_at, limit };
    page.check()?;
    let all = store::moments(conn, page.from, page.to)?;
    let stretch = page.stretch(&all);
    let (before, scope) = asked.picture(conn, page.from)?;
    let (after, _) = asked.picture(conn, page.to)?;
    let mut picture = |known_at| asked.picture(conn, known_at).map(|(picture, _)| picture);
    let first = if stretch.from == page.from { before.clone() } else { picture(stretch.from)? };
    let last = if stretch.to == page.to { after.clone() } else { picture(stretch.to)? };
    let ends = Ends { from: stretch.from, before: &first, to: stretch.to, after: &last };
    let steps = match walk(&stretch.moments, &ends, picture, || began.elapsed() > pages::PATIENCE)? {
        Walked::Whole(steps) => steps,
        Walked::Stopped(done) => return Err(pages::too_slow(done)),
    };
    let of_steps: Vec<Moment> = steps.iter().map(|step| step.recorded_at).collect();
    let explained = Explained { events: store::events(conn, &of_steps)?, steps };
    let left = explained.unexplained(&last.differences(&first));
    let differences = after.differences(&before);
    Ok(ChangesReport {
        as_at: at.as_at,
        from_known_at: page.from,
        known_at: at.known_at,
        is_changed: !differences.is_empty(),
        note: note(&differences, explained.steps.len(), left, (stretch.from, stretch.to) == (page.from, page.to)),
        explained_from: stretch.from,
        explained_to: stretch.to,
        act_count: i64::try_from(all.len()).unwrap_or(i64::MAX),
        next_after_known_at: stretch.next,
        unexplained_pence: left.pence,
        unexplained_counts: left.counts,
        unexplained_names: left.names,
        ledger_check: LedgerAgreement {
            balanced: before.is_balanced && after.is_balanced,
            checked: LedgerChecked::Figures,
            transfers: after.transfers,
        },
        total_amounts: ChangedTotals {
            before: scope.amounts(&before.total, true),
            after: scope.amounts(&after.total, true),
            difference: scope.amounts(&after.total.less(before.total), true),
        },
        differences: differences.iter().map(|one| Difference { renamed: one.renamed.clone(), difference: labelled(one, scope) }).collect(),
        rows: explained.rows(scope, with_people),
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
