//! What stands on the board's paper. The template (`board.typ`) says how it looks.

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::{Named, Pence, Quantity};
use crate::publishing::board::acts::Snapshot;
use crate::reports::board::{
    AllocationAmounts, BoardCount, BoardCountState, BoardProgramme, BoardReport, BoardRow, BoardText, ComplianceRate, Origin, accepted,
    few, label_of_stage, legend, marks,
};

/// What the template is given.
#[derive(Debug, Clone, Serialize)]
pub struct BoardSheet {
    title: String,
    subtitle: String,
    office: String,
    date: String,
    standing: String,
    is_draft: bool,
    foot: String,
    seal: String,
    year: String,
    funds: Vec<Money>,
    all: Money,
    returns: Vec<Returns>,
    stages: Vec<Staged>,
    programmes: Vec<Programme>,
    texts: Vec<Said>,
    signed_off: String,
    few: String,
    legend: Vec<Letter>,
}

#[derive(Debug, Clone, Serialize)]
struct Letter {
    letter: String,
    text: String,
}

#[derive(Debug, Clone, Serialize)]
struct Said {
    title: String,
    paragraphs: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Money {
    name: String,
    budget: String,
    offered: String,
    committed: String,
    spent: String,
    left: String,
}

#[derive(Debug, Clone, Serialize)]
struct Returns {
    name: String,
    owed: i64,
    on_time: i64,
    late: i64,
    missing: i64,
    percent: String,
}

#[derive(Debug, Clone, Serialize)]
struct Staged {
    name: String,
    stage: String,
    figures: i64,
}

#[derive(Debug, Clone, Serialize)]
struct Programme {
    title: String,
    indicators: Vec<Indicator>,
}

#[derive(Debug, Clone, Serialize)]
struct Indicator {
    title: String,
    rows: Vec<Counted>,
}

#[derive(Debug, Clone, Serialize)]
struct Counted {
    area: String,
    quarter: String,
    target: String,
    to_date: String,
    year_target: String,
}

fn day(on: NaiveDate) -> String {
    on.format("%-d %B %Y").to_string()
}

/// Gathers the paper of a snapshot.
#[must_use]
pub fn of(one: &Snapshot, report: &BoardReport) -> BoardSheet {
    let made = format!("Gathered on {} by {}", day(one.made_on), one.made_by);
    let signed_off = one.signed_off.as_ref().map(|(on, by)| format!("{made}; small numbers signed off on {} by {by}.", day(*on)));
    let rate = |rate: &ComplianceRate, without: &str| Returns {
        name: label(rate.of.as_ref(), without),
        owed: rate.owed_count,
        on_time: rate.on_time_count,
        late: rate.late_count,
        missing: rate.missing_count,
        percent: rate.on_time_percent.map_or_else(|| "-".to_owned(), |percent| percent.to_string()),
    };
    let all = rate(&report.returns, "All");
    BoardSheet {
        title: format!("Board report for {}", one.quarter),
        subtitle: format!("As at {}, as known at {}", day(one.as_at), one.known_at),
        office: String::new(),
        date: one.made_on.to_string(),
        standing: "This is a draft: its small numbers are not signed off, so it must not leave the office.".to_owned(),
        is_draft: one.signed_off.is_none(),
        foot: format!("Board report, {}", one.quarter),
        seal: format!("SHA-256 of the figures: {}", one.sha256),
        year: one.quarter.year().to_string(),
        funds: report
            .funds
            .iter()
            .map(|row| money(row.fund.as_ref().map(|fund| fund.name.clone()).unwrap_or_default(), &row.amounts))
            .collect(),
        all: money("All".to_owned(), &report.money),
        returns: report.returns_by_fund.iter().map(|own| rate(own, "No fund")).chain([all]).collect(),
        stages: report.programmes.iter().map(staged).collect(),
        programmes: programmes(&report.rows),
        texts: report.texts.iter().map(said).collect(),
        signed_off: signed_off.unwrap_or_else(|| format!("{made}; not signed off.")),
        few: few(report.small_below),
        legend: legend(&report.rows)
            .into_iter()
            .map(|(letter, text)| Letter { letter: letter.to_string(), text: text.to_owned() })
            .collect(),
    }
}

fn staged(one: &BoardProgramme) -> Staged {
    let stage = one.stage.map_or_else(|| "-".to_owned(), |stage| label_of_stage(stage, one.stage_since_on));
    Staged { name: one.programme.name.clone(), stage, figures: one.row_count }
}

fn said(text: &BoardText) -> Said {
    let paragraphs = text.text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
    Said { title: format!("{}: {}", text.award.name, text.title()), paragraphs: paragraphs.collect() }
}

fn money(name: String, own: &AllocationAmounts) -> Money {
    let pounds = |pence: Option<Pence>| pence.map_or_else(|| "-".to_owned(), |pence| pence.to_string());
    Money {
        name,
        budget: pounds(own.budgeted_pence),
        offered: own.offered_pence.to_string(),
        committed: own.committed_pence.to_string(),
        spent: own.reported_spend_pence.to_string(),
        left: pounds(own.uncommitted_pence),
    }
}

fn label(named: Option<&Named>, without: &str) -> String {
    named.map_or_else(|| without.to_owned(), |named| named.name.clone())
}

/// The rows, which stand in the order of their programmes and indicators, one table an indicator.
fn programmes(rows: &[BoardRow]) -> Vec<Programme> {
    let mut out: Vec<Programme> = Vec::new();
    let mut last: Option<&BoardRow> = None;
    for row in rows {
        let is_same = |same: fn(&BoardRow, &BoardRow) -> bool| last.is_some_and(|last| same(last, row));
        if !is_same(|a, b| (&a.programme, &a.fund) == (&b.programme, &b.fund)) {
            let stage = row.programme_stage.map(|stage| format!(" ({})", label_of_stage(stage, row.programme_stage_since_on)));
            let title = label(row.programme.as_ref().or(row.fund.as_ref()), "No programme");
            out.push(Programme { title: format!("{title}{}", stage.unwrap_or_default()), indicators: Vec::new() });
        }
        let Some(programme) = out.last_mut() else { continue };
        if programme.indicators.is_empty() || !is_same(|a, b| a.indicator.id == b.indicator.id) {
            let title = format!("{} ({})", row.indicator.name, row.indicator.unit.replace('_', " "));
            programme.indicators.push(Indicator { title, rows: Vec::new() });
        }
        if let Some(indicator) = programme.indicators.last_mut() {
            indicator.rows.push(counted(row));
        }
        last = Some(row);
    }
    out
}

fn counted(row: &BoardRow) -> Counted {
    let target = |count: BoardCount| count.target.as_ref().map(Quantity::to_string).unwrap_or_default();
    let printed = if row.origin == Origin::Printed { ", as printed" } else { "" };
    let qualifier = row.qualifier.as_ref().map(|word| format!("{word} ")).unwrap_or_default();
    let own = |count: BoardCount| if count.value.is_some() { format!("{qualifier}{}", figure(count)) } else { figure(count) };
    Counted {
        area: format!("{}{printed}{}", label(row.area.as_ref(), "All areas"), marks(row)),
        quarter: own(row.quarter),
        target: target(row.quarter),
        to_date: own(row.year_to_date),
        year_target: target(row.year_to_date),
    }
}

/// A figure; what is suppressed has its own sign, and so has what nobody reported.
fn figure(count: BoardCount) -> String {
    match count.state {
        BoardCountState::Shown => format!("{}{}", count.value.as_ref().map(Quantity::to_string).unwrap_or_default(), accepted(count)),
        BoardCountState::Suppressed => "suppressed".to_owned(),
        BoardCountState::NotReported => "-".to_owned(),
        BoardCountState::NotApplicable => "n/a".to_owned(),
        BoardCountState::NotAdded => "not added".to_owned(),
    }
}
