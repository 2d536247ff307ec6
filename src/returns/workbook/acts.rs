//! What a workbook is made of, and what becomes of one that is sent back.

use std::collections::HashMap;

use crate::access::Scope;
use crate::awards::Award;
use crate::awards::indicators::rules::{Indicator, IndicatorMeasure};
use crate::funds::areas;
use crate::kernel::{Fault, Id, Named, Quantity, Quarter, Refusal};
use crate::providers::programmes;
use crate::returns::form::acts as forms;
use crate::returns::rules::{self, Finding, HeldQuarter, NarrativeSection, Planned, ReturnContent};
use crate::returns::store::{self, Return};
use crate::returns::workbook::rules::{Book, BookMoney, Filled, ValueRow, WorkbookFinding};
use crate::returns::{acts, owed};
use crate::store::{Conn, Tx};

/// What the form of a content is checked with.
pub type Form<'a> = &'a dyn Fn(&ReturnContent) -> Vec<Fault>;

/// What the workbook of a return holds.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such return for this caller.
pub fn book(conn: &mut Conn, scope: Scope, id: Id) -> Result<Book, Refusal> {
    let one = acts::find(conn, scope, id)?;
    let mut book = book_of(conn, &one)?;
    forms::tell(conn, &one, &mut book)?;
    Ok(book)
}

/// What the workbook of a return holds that is to be filled by one.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; the return is with the office or done.
pub fn to_fill(conn: &mut Conn, scope: Scope, id: Id, version: i32) -> Result<Book, Refusal> {
    let one = open(conn, scope, id, version)?;
    book_of(conn, &one)
}

fn open(conn: &mut Conn, scope: Scope, id: Id, version: i32) -> Result<Return, Refusal> {
    let one = acts::find(conn, scope, id)?;
    if one.version != version {
        return Err(Refusal::Stale);
    }
    rules::write(one.state)?;
    Ok(one)
}

/// Findings about a return with their cells in its workbook, as it would be made now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn placed(conn: &mut Conn, one: &Return, findings: &[Finding]) -> Result<Vec<WorkbookFinding>, Refusal> {
    if findings.is_empty() {
        return Ok(Vec::new());
    }
    let places = book_of(conn, one)?.places();
    Ok(findings.iter().map(|finding| WorkbookFinding::placed(finding.clone(), &places)).collect())
}

pub(in crate::returns) fn book_of(conn: &mut Conn, one: &Return) -> Result<Book, Refusal> {
    let of_award = owed::of_award(conn, one.award_id)?;
    let (sections, is_short) = (of_award.sections(&one.planned).0, of_award.is_short);
    let award = of_award.award;
    let content = acts::content(conn, one)?;
    let before = before(conn, one)?;
    let counted = of_award.indicators;
    let mut places: Vec<(&Indicator, Vec<Option<Id>>)> = Vec::new();
    for indicator in &counted {
        let written = content.values.iter().filter(|value| value.indicator_id == indicator.id).filter_map(|value| value.area_id);
        let mut all = vec![None];
        for area in award.terms.area_ids.iter().copied().chain(owed::aimed_at(indicator, &award, &one.planned)).chain(written) {
            if !all.contains(&Some(area)) {
                all.push(Some(area));
            }
        }
        places.push((indicator, all));
    }
    let ids: Vec<Id> = places.iter().flat_map(|(_, all)| all.iter().flatten().copied()).collect();
    let names = areas::named(conn, &ids)?;
    for (_, all) in &mut places {
        all.sort_by_key(|area| area.map(|id| names.get(&id).map(|named| named.name.clone())));
    }
    let last = before.as_ref().map(|(_, content)| content);
    let rows = places.iter().flat_map(|(indicator, all)| {
        all.iter().flat_map(|area| {
            let subset_of = indicator.facts.subset_of_id.and_then(|id| counted.iter().find(|other| other.id == id));
            let whole = value_row((indicator, subset_of), *area, &names, &one.planned, last);
            let groups = indicator.facts.breakdown.iter().flat_map(|breakdown| &breakdown.groups);
            let of_groups: Vec<ValueRow> = groups.map(|group| of_group(&whole, group, last)).collect();
            std::iter::once(whole).chain(of_groups)
        })
    });
    let held = acts::forecast(conn, one, &ReturnContent::default())?.map(|held| held.quarters).unwrap_or_default();
    let held = if is_short { Vec::new() } else { held };
    let (quarters, has_grants) =
        (quarters(one, &award, &content, &held, is_short), has_grants(conn, &award)? || content.onward_grants.is_some());
    let warnings = acts::findings(conn, one, &content)?.into_iter().filter(|finding| !finding.is_error()).collect();
    Ok(Book {
        return_id: one.id,
        number: None,
        return_version: one.version,
        made_at: one.recorded_at.micros() / 1_000_000,
        rows: rows.collect(),
        provider: award.names.provider.as_ref().map(|provider| provider.name.clone()).unwrap_or_default(),
        award: award.reference,
        title: award.terms.title.clone(),
        period: one.planned.period.clone(),
        days: (one.planned.starts_on, one.planned.ends_on),
        due_on: one.due_on,
        last_period: before.map(|(period, _)| period),
        quarters,
        has_grants,
        held,
        money: BookMoney::default(),
        is_short,
        narrative: narrative(sections, is_short, &content),
        warnings,
        content,
    })
}

/// The sections that a form has, and after them those in which something is written besides.
fn narrative(sections: Vec<NarrativeSection>, is_short: bool, content: &ReturnContent) -> Vec<NarrativeSection> {
    let written = content.written_sections();
    let mut all: Vec<NarrativeSection> = rules::on_form(&sections, is_short).cloned().collect();
    for key in written.into_iter().filter(|key| rules::on_form(&sections, is_short).all(|section| section.key != **key)) {
        let known = sections.iter().find(|section| section.key == key).cloned().or_else(|| usual(key));
        let heading = key.replace('_', " ");
        let bare = || NarrativeSection { key: key.to_owned(), heading, guidance: None, is_required: false, is_on_short_form: true };
        all.push(NarrativeSection { is_required: false, ..known.unwrap_or_else(bare) });
    }
    all
}

fn usual(key: &str) -> Option<NarrativeSection> {
    rules::usual_sections().into_iter().find(|section| section.key == key)
}

/// The quarters that are still to come when a return ends, up to the award's last day, and those that it or a return before it forecasts besides. A short
/// form asks for none.
fn quarters(one: &Return, award: &Award, content: &ReturnContent, held: &[HeldQuarter], is_short: bool) -> Vec<Quarter> {
    let to_come =
        one.planned.ends_on.succ_opt().zip(award.terms.ends_on).filter(|_| !is_short).map(|(first, last)| Quarter::between(first, last));
    let forecast = content.forecast.iter().flatten().map(|one| one.quarter).chain(held.iter().map(|one| one.quarter));
    let mut all: Vec<Quarter> = to_come.into_iter().flatten().chain(forecast).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the award's programme makes grants to people (R37).
fn has_grants(conn: &mut Conn, award: &Award) -> Result<bool, Refusal> {
    let Some(programme) = award.terms.programme_id else { return Ok(false) };
    Ok(programmes::acts::get(conn, programme)?.facts.onward_grants.unwrap_or_default())
}

fn value_row(
    (indicator, subset_of): (&Indicator, Option<&Indicator>),
    area_id: Option<Id>,
    names: &HashMap<Id, Named>,
    period: &Planned,
    last: Option<&ReturnContent>,
) -> ValueRow {
    let facts = &indicator.facts;
    let basis = facts.basis.as_ref().map(|basis| format!(", counted on {}", basis.replace('_', " "))).unwrap_or_default();
    let of = subset_of.map(|whole| format!(", of those counted in \u{201c}{}\u{201d}", whole.facts.name)).unwrap_or_default();
    let named = area_id.map(|id| names.get(&id).map_or_else(|| id.to_string(), |area| area.name.clone()));
    let row = ValueRow {
        indicator_id: indicator.id,
        area_id,
        name: facts.name.clone(),
        unit: format!("{}{of}{basis}", facts.unit.replace('_', " ")),
        asks_for: facts.asks_for(),
        area: named.unwrap_or_else(|| "All areas together".to_owned()),
        is_percentage: facts.measure() == IndicatorMeasure::Percent,
        target: target(indicator, area_id, period),
        group: None,
        last: None,
        since_april: None,
    };
    ValueRow { last: last.and_then(|content| row.written(content).cloned()), ..row }
}

/// The row of a group, below the one of all groups together; targets are of all of them.
fn of_group(whole: &ValueRow, group: &str, last: Option<&ReturnContent>) -> ValueRow {
    let area = format!("{}: {group}", whole.area);
    let row = ValueRow { area, group: Some(group.to_owned()), target: None, last: None, ..whole.clone() };
    ValueRow { last: last.and_then(|content| row.written(content).cloned()), ..row }
}

/// What is aimed at in an area in the days of a return: of several targets the one for the shortest time.
fn target(indicator: &Indicator, area_id: Option<Id>, period: &Planned) -> Option<(Quantity, String)> {
    let in_area = indicator.targets.iter().map(|facts| &facts.target).filter(|target| target.area_id == area_id);
    let now = in_area.filter(|target| {
        target.starts_on.is_none_or(|first| first <= period.ends_on) && target.ends_on.is_none_or(|last| period.starts_on <= last)
    });
    let length = |days: Option<i64>| days.unwrap_or(i64::MAX);
    let shortest = now.min_by_key(|target| length(target.starts_on.zip(target.ends_on).map(|(first, last)| (last - first).num_days())));
    shortest.map(|target| (target.target, target.period.clone()))
}

/// The period and the content of the return before this one that was sent: what is only drafted is no figure yet.
fn before(conn: &mut Conn, one: &Return) -> Result<Option<(String, ReturnContent)>, Refusal> {
    let all = store::of_award(conn, one.award_id)?;
    let earlier = all.iter().rev().find(|other| other.planned.ends_on < one.planned.starts_on && other.state.is_sent());
    earlier.map(|other| Ok((other.planned.period.clone(), acts::content(conn, other)?))).transpose()
}

/// Fills a return with what a workbook says, by the act that writes it.
///
/// # Errors
/// Everything that is wrong with the file and with what is written in it, each with its cell; what [`acts::write`] refuses.
pub fn fill(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, filled: &Filled, form: Form<'_>) -> Result<Return, Refusal> {
    let one = open(tx.conn(), scope, id, version)?;
    let next = filled.over(&acts::tied_content(tx.conn(), &one)?);
    let asked = owed::asked(tx.conn(), one.award_id, &one.planned, &next)?;
    let further = form(&next).into_iter().chain(rules::faults(&next, &asked).0);
    let found = filled.with(further.map(|fault| WorkbookFinding::of_form(fault, &filled.places)).collect());
    let faults: Vec<Fault> = found.into_iter().filter(WorkbookFinding::is_error).map(WorkbookFinding::into_fault).collect();
    if faults.is_empty() { acts::write(tx, scope, id, version, |_| Ok(next)) } else { Err(Refusal::Invalid(faults)) }
}

/// What would become of a return with what a workbook says.
pub struct Weighed {
    /// The return as it stands.
    pub of: Return,
    /// The content that it would have, unless the file is at fault.
    pub content: Option<ReturnContent>,
    /// What is found in that content; of a file that is at fault, as far as it can be read.
    pub findings: Vec<Finding>,
    /// Everything found in the file, each with its cell.
    pub found: Vec<WorkbookFinding>,
}

/// Weighs what a workbook says, and keeps nothing.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; the return is with the office or done.
pub fn weigh(conn: &mut Conn, scope: Scope, (id, version): (Id, i32), filled: &Filled, form: Form<'_>) -> Result<Weighed, Refusal> {
    let of = open(conn, scope, id, version)?;
    let next = filled.over(&acts::tied_content(conn, &of)?);
    let of_form = form(&next).into_iter().map(|fault| WorkbookFinding::of_form(fault, &filled.places));
    let findings = acts::findings(conn, &of, &next)?;
    let of_rules = findings.iter().map(|finding| WorkbookFinding::placed(finding.clone(), &filled.places));
    let found = filled.with(of_form.chain(of_rules).collect());
    let is_told = |finding: &Finding| filled.leaves(&WorkbookFinding::placed(finding.clone(), &filled.places));
    let findings = findings.into_iter().filter(is_told).collect();
    let is_sound = filled.is_readable && !filled.findings.iter().any(WorkbookFinding::is_error);
    Ok(Weighed { of, content: is_sound.then_some(next), findings, found })
}
