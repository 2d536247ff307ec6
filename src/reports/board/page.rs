//! The board's quarter as a page to read, in Markdown.

use std::fmt::{Result, Write};

use chrono::NaiveDate;

use crate::kernel::{Named, Pence, Quantity};
use crate::providers::programmes::rules::ProgrammeStage;
use crate::reports::board::notes::{legend, marks};
use crate::reports::board::routes::BoardReport;
use crate::reports::board::rows::{BoardCount, BoardCountState, BoardProgramme, BoardRow};
use crate::reports::board::texts::BoardText;
use crate::reports::compliance::routes::ComplianceRate;
use crate::reports::expenditure::rows::Origin;
use crate::reports::fund_summary::routes::FundSummaryRow;

/// The page.
#[must_use]
pub fn written(report: &BoardReport) -> String {
    let mut page = String::new();
    // A string takes every line.
    let _ = write(&mut page, report);
    page
}

fn write(page: &mut String, report: &BoardReport) -> Result {
    writeln!(page, "# {} for the board\n", report.quarter)?;
    writeln!(page, "As at {}, as known at {}.\n", report.as_at, report.known_at)?;
    writeln!(page, "## Money in {}\n", report.quarter.year())?;
    writeln!(page, "| Fund | Budget | Offered | Committed | Spent, as reported | Not committed |\n|---|---:|---:|---:|---:|---:|")?;
    report.funds.iter().try_for_each(|row| fund(page, row))?;
    let all = &report.money;
    let pence =
        [all.budgeted_pence, Some(all.offered_pence), Some(all.committed_pence), Some(all.reported_spend_pence), all.uncommitted_pence];
    writeln!(page, "| **All** | {} |\n", pence.map(pounds).join(" | "))?;
    writeln!(page, "## Returns\n")?;
    writeln!(page, "| Fund | Owed | In time | Late | Missing | In time, % |\n|---|---:|---:|---:|---:|---:|")?;
    report.returns_by_fund.iter().try_for_each(|rate| returns(page, &label(rate.of.as_ref(), "No fund"), rate))?;
    returns(page, "**All**", &report.returns)?;
    if !report.programmes.is_empty() {
        writeln!(page, "\n## Programmes at the end of {}\n\n| Programme | Stage | Figures |\n|---|---|---:|", report.quarter)?;
        report.programmes.iter().try_for_each(|one| programme(page, one))?;
    }
    writeln!(page, "\n## What was counted\n")?;
    if report.rows.is_empty() {
        writeln!(page, "No accepted return reports a figure for this year so far, and none is printed.")?;
    }
    let mut last: Option<&BoardRow> = None;
    for row in &report.rows {
        heading(page, last, row)?;
        counted(page, row)?;
        last = Some(row);
    }
    if !report.texts.is_empty() {
        writeln!(page, "\n## What providers say")?;
        report.texts.iter().try_for_each(|text| said(page, text))?;
    }
    let few = few(report.small_below);
    writeln!(page, "\n`*` tells of {few} people, or would give such a number away; it is not nought. {SIGNS}")?;
    for (letter, text) in legend(&report.rows) {
        writeln!(page, "\n`{letter}`: {text}.")?;
    }
    Ok(())
}

/// What stands in the place of a figure that there is not.
const SIGNS: &str =
    "`-` was not reported, `n/a` does not apply, and of what is `not added` there are values that do not become one figure.";

/// Which numbers of people are suppressed, in words.
#[must_use]
pub fn few(small_below: Quantity) -> String {
    format!("1 to {}", Quantity(small_below.0 - Quantity::whole(1).0))
}

/// A stage in words.
#[must_use]
pub fn label_of_stage(stage: ProgrammeStage, since: Option<NaiveDate>) -> String {
    let since = since.map(|day| format!(" since {}", day.format("%-d %B %Y"))).unwrap_or_default();
    format!("{stage}{since}")
}

/// As what a figure was accepted, in words, where adjustments made another one of it.
#[must_use]
pub fn accepted(count: BoardCount) -> String {
    let other = count.accepted_value.filter(|accepted| Some(*accepted) != count.value);
    other.map(|accepted| format!(" (accepted: {accepted})")).unwrap_or_default()
}

fn programme(page: &mut String, one: &BoardProgramme) -> Result {
    let stage = one.stage.map_or_else(|| "-".to_owned(), |stage| label_of_stage(stage, one.stage_since_on));
    writeln!(page, "| {} | {stage} | {} |", plain(&one.programme.name), one.row_count)
}

fn said(page: &mut String, text: &BoardText) -> Result {
    writeln!(page, "\n### {}: {}\n", plain(&text.award.name), plain(&text.title()))?;
    text.text.lines().filter(|line| !line.trim().is_empty()).try_for_each(|line| writeln!(page, "{}\n", plain(line)))
}

fn fund(page: &mut String, row: &FundSummaryRow) -> Result {
    let own = &row.amounts;
    let pence =
        [own.budgeted_pence, Some(own.offered_pence), Some(own.committed_pence), Some(own.reported_spend_pence), own.uncommitted_pence];
    writeln!(page, "| {} | {} |", plain(row.fund.as_ref().map_or("", |fund| &fund.name)), pence.map(pounds).join(" | "))
}

fn returns(page: &mut String, of: &str, rate: &ComplianceRate) -> Result {
    let percent = rate.on_time_percent.map_or_else(|| "-".to_owned(), |percent| percent.to_string());
    writeln!(page, "| {of} | {} | {} | {} | {} | {percent} |", rate.owed_count, rate.on_time_count, rate.late_count, rate.missing_count)
}

/// A heading where the programme or fund changes, and a table where the indicator does.
fn heading(page: &mut String, last: Option<&BoardRow>, row: &BoardRow) -> Result {
    let is_new = last.is_none_or(|last| last.indicator.id != row.indicator.id);
    // A line without a blank one before it would be a row of the table.
    if is_new && last.is_some() {
        writeln!(page)?;
    }
    if last.is_none_or(|last| (&last.programme, &last.fund) != (&row.programme, &row.fund)) {
        let stage = row.programme_stage.map(|stage| format!(" ({})", label_of_stage(stage, row.programme_stage_since_on)));
        let title = label(row.programme.as_ref().or(row.fund.as_ref()), "No programme");
        writeln!(page, "### {title}{}\n", stage.unwrap_or_default())?;
    }
    if is_new {
        writeln!(page, "{} ({})\n", plain(&row.indicator.name), plain(&row.indicator.unit))?;
        writeln!(page, "| Area | Quarter | Target | Year to date | Target for the year |\n|---|---:|---:|---:|---:|")?;
    }
    Ok(())
}

fn counted(page: &mut String, row: &BoardRow) -> Result {
    let target = |count: BoardCount| count.target.map_or_else(String::new, |target| target.to_string());
    let printed = if row.origin == Origin::Printed { ", as printed" } else { "" };
    let area = format!("{}{printed}{}", label(row.area.as_ref(), "**All**"), plain(&marks(row)));
    let qualifier = row.qualifier.as_ref().map(|word| format!("{} ", plain(word))).unwrap_or_default();
    let own = |count: BoardCount| if count.value.is_some() { format!("{qualifier}{}", figure(count)) } else { figure(count) };
    let cells = [own(row.quarter), target(row.quarter), own(row.year_to_date), target(row.year_to_date)];
    writeln!(page, "| {area} | {} |", cells.join(" | "))
}

fn figure(count: BoardCount) -> String {
    match count.state {
        BoardCountState::Shown => format!("{}{}", count.value.as_ref().map(Quantity::to_string).unwrap_or_default(), accepted(count)),
        BoardCountState::Suppressed => "\\*".to_owned(),
        BoardCountState::NotReported => "-".to_owned(),
        BoardCountState::NotApplicable => "n/a".to_owned(),
        BoardCountState::NotAdded => "not added".to_owned(),
    }
}

fn pounds(pence: Option<Pence>) -> String {
    pence.map_or_else(|| "-".to_owned(), |pence| pence.to_string())
}

fn label(named: Option<&Named>, without: &str) -> String {
    named.map_or_else(|| without.to_owned(), |named| plain(&named.name))
}

/// Words as they are: what Markdown would take for its own is marked as words.
fn plain(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '\'' | '(' | ')' | '/' | ':' | ';' | '%' | '?') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}
