//! Making and changing indicators.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts::{self as award_acts, json};
use crate::awards::indicators::rules::{self, Beside, Indicator, IndicatorInput, IndicatorMeasure, IndicatorTarget, TargetFacts};
use crate::awards::indicators::store::{self, IndicatorFilter};
use crate::awards::rules::{AwardAct, allowed, shown_state};
use crate::awards::store::Award;
use crate::kernel::{Faults, Id, Page, PageRequest, Provenance, Refusal};
use crate::store::{Conn, Tx};

/// The indicator as it stands now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller; a provider sees those of its own awards, and of their awards only its
/// own.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<Indicator, Refusal> {
    let found = store::find(conn, id)?.ok_or(Refusal::NotFound("indicator"))?;
    if scope == Scope::Office {
        return Ok(found);
    }
    let own = seen_by(conn, scope, vec![found])?.pop();
    own.filter(|one| !one.facts.award_ids.is_empty()).ok_or(Refusal::NotFound("indicator"))
}

/// A page of the indicators that this caller may see.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, scope: Scope, filter: &IndicatorFilter, page: &PageRequest) -> Result<Page<Indicator>, Refusal> {
    let found = store::page(conn, scope, filter, page)?;
    Ok(Page { items: seen_by(conn, scope, found.items)?, next_cursor: found.next_cursor })
}

/// The indicators with those of their awards that this caller may see.
fn seen_by(conn: &mut Conn, scope: Scope, mut all: Vec<Indicator>) -> Result<Vec<Indicator>, Refusal> {
    let own = match scope {
        Scope::Office => return Ok(all),
        Scope::Provider(own) => store::shown_to(conn, own, &awards_of(&all))?,
        Scope::Nothing => HashSet::new(),
    };
    for one in &mut all {
        one.facts.award_ids.retain(|id| own.contains(id));
    }
    Ok(all)
}

fn awards_of(all: &[Indicator]) -> Vec<Id> {
    let ids: HashSet<Id> = all.iter().flat_map(|one| one.facts.award_ids.iter().copied()).collect();
    ids.into_iter().collect()
}

/// Those of the indicators that an award has from its offer on, so that their targets change by a variation alone.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn promised(conn: &mut Conn, all: &[Indicator], today: NaiveDate) -> Result<HashSet<Id>, Refusal> {
    let awards = beside(conn, &awards_of(all), today)?;
    let is_promised = |one: &&Indicator| one.facts.award_ids.iter().filter_map(|id| awards.get(id)).any(Beside::is_promised);
    Ok(all.iter().filter(is_promised).map(|one| one.id).collect())
}

/// These awards as they are shown today.
fn beside(conn: &mut Conn, ids: &[Id], today: NaiveDate) -> Result<HashMap<Id, Beside>, Refusal> {
    let found = store::standing_of(conn, ids)?;
    let shown = |(id, reference, state, due)| (id, Beside { reference, state: shown_state(state, due, today) });
    Ok(found.into_iter().map(shown).collect())
}

/// The indicators that an award's returns ask for, all of them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_award(conn: &mut Conn, award_id: Id) -> Result<Vec<Indicator>, Refusal> {
    let filter = IndicatorFilter { award_id: Some(award_id), ..IndicatorFilter::default() };
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = store::page(conn, Scope::Office, &filter, &PageRequest { limit: 1_000, cursor, scan: String::new() })?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// Adds an indicator to an award.
///
/// # Errors
/// [`Refusal::NotFound`] without such an award; [`crate::kernel::Code::WrongState`] while it is offered, and once it is over; every
/// fault of the input.
pub fn create(tx: &mut Tx<'_>, scope: Scope, award_id: Id, input: &IndicatorInput) -> Result<Indicator, Refusal> {
    let award = award_acts::get(tx.conn(), scope, award_id)?;
    let today = tx.today();
    allowed(AwardAct::Indicators, shown_state(award.state(), award.standing.acceptance_due_on, today))?;
    let mut facts = input.clone();
    if !facts.award_ids.contains(&award_id) {
        facts.award_ids.push(award_id);
    }
    if facts.programme_id.is_none() {
        facts.programme_id = award.terms.programme_id;
    }
    let awards = beside(tx.conn(), &facts.award_ids, today)?;
    rules::promised_faults(None, &facts, &awards).into_result()?;
    add(tx, facts, Vec::new(), Provenance::default(), None)
}

/// Gives the draft of another agreement year what the award before counts. What others count too it counts with them; for what is the
/// award's own it has an indicator that succeeds that one, with the targets that reach into its days.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::awards) fn carry_over(tx: &mut Tx<'_>, before: &Award, draft: &Award) -> Result<(), Refusal> {
    let mut all = of_award(tx.conn(), before.id)?;
    // What others are a part of comes first.
    all.sort_by_key(|one| one.facts.subset_of_id.is_some());
    let (mut copies, today): (HashMap<Id, Id>, NaiveDate) = (HashMap::new(), tx.today());
    for one in all {
        if one.facts.award_ids.len() > 1 {
            let mut facts = one.facts.clone();
            facts.award_ids.push(draft.id);
            write(tx, &one, Indicator { facts, ..next(tx, &one, today) })?;
            continue;
        }
        let subset_of_id = one.facts.subset_of_id.map(|id| copies.get(&id).copied().unwrap_or(id));
        let facts = IndicatorInput { award_ids: vec![draft.id], succeeds_id: Some(one.id), subset_of_id, ..one.facts };
        let is_ahead = |target: &TargetFacts| target.target.ends_on.zip(draft.terms.starts_on).is_some_and(|(last, first)| last >= first);
        let targets = one.targets.into_iter().filter(is_ahead).collect();
        copies.insert(one.id, add(tx, facts, targets, Provenance::default(), None)?.id);
    }
    Ok(())
}

/// Takes in an indicator with its targets, with or without awards.
///
/// # Errors
/// Every fault of the input.
pub fn import_indicator(
    tx: &mut Tx<'_>,
    facts: &IndicatorInput,
    targets: Vec<TargetFacts>,
    provenance: Provenance,
    note: Option<String>,
) -> Result<Indicator, Refusal> {
    add(tx, facts.clone(), targets, provenance, note)
}

/// Puts a later account of an imported indicator in the place of the one before.
///
/// # Errors
/// Every fault of the input.
pub fn restate(
    tx: &mut Tx<'_>,
    id: Id,
    facts: &IndicatorInput,
    targets: Vec<TargetFacts>,
    provenance: Provenance,
) -> Result<Indicator, Refusal> {
    let before = get(tx.conn(), Scope::Office, id)?;
    check(tx, facts, Some(&before))?;
    wrong_targets(tx.conn(), &targets)?.into_result()?;
    let today = tx.today();
    write(tx, &before, Indicator { facts: facts.clone(), targets, provenance, ..next(tx, &before, today) })
}

/// Changes what an indicator says. What an award was offered with stays.
///
/// # Errors
/// Every fault of the result; [`Refusal::Stale`].
pub fn amend(
    tx: &mut Tx<'_>,
    scope: Scope,
    id: Id,
    version: i32,
    change: impl FnOnce(&IndicatorInput) -> Result<IndicatorInput, Refusal>,
) -> Result<Indicator, Refusal> {
    let before = at_version(tx, scope, id, version)?;
    let facts = change(&before.facts)?;
    check(tx, &facts, Some(&before))?;
    let today = tx.today();
    let named: HashSet<Id> = before.facts.award_ids.iter().chain(&facts.award_ids).copied().collect();
    let awards = beside(tx.conn(), &named.into_iter().collect::<Vec<_>>(), today)?;
    rules::promised_faults(Some(&before), &facts, &awards).into_result()?;
    write(tx, &before, Indicator { facts, ..next(tx, &before, today) })
}

/// Sets the targets of an indicator, the whole list. From the offer of one of its awards on they change by a variation.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`] where one of its awards is offered, live or paused; every fault of the list; [`Refusal::Stale`].
pub fn set_targets(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, targets: &[IndicatorTarget]) -> Result<Indicator, Refusal> {
    let before = at_version(tx, scope, id, version)?;
    let today = tx.today();
    let awards = beside(tx.conn(), &before.facts.award_ids, today)?;
    rules::may_set_targets(awards.values())?;
    replace_targets(tx, &before, targets, today)
}

/// What is wrong with a list of targets that a variation is to bring, each at `/targets/…`.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn faults_of_targets(conn: &mut Conn, targets: &[IndicatorTarget]) -> Result<Faults, Refusal> {
    let targets: Vec<TargetFacts> = targets.iter().cloned().map(TargetFacts::from).collect();
    wrong_targets(conn, &targets)
}

/// References of the awards beside `award_id` that have this indicator and are not over: its targets are theirs too.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn shared_with(conn: &mut Conn, one: &Indicator, award_id: Id, today: NaiveDate) -> Result<Vec<String>, Refusal> {
    let others: Vec<Id> = one.facts.award_ids.iter().copied().filter(|id| *id != award_id).collect();
    let found = beside(conn, &others, today)?.into_values();
    let mut references: Vec<String> = found.filter(|one| !one.is_over()).map(|one| one.reference).collect();
    references.sort_unstable();
    Ok(references)
}

/// Sets the targets of an indicator as an applied variation of `award_id`'s targets does: the award gets its own event (R83). The
/// caller sees to it that no other award shares them, see [`shared_with`].
///
/// # Errors
/// [`Refusal::NotFound`]; every fault of the list.
pub fn apply_targets(
    tx: &mut Tx<'_>,
    award_id: Id,
    id: Id,
    targets: &[IndicatorTarget],
    effective_on: NaiveDate,
) -> Result<Indicator, Refusal> {
    let before = get(tx.conn(), Scope::Office, id)?;
    let after = replace_targets(tx, &before, targets, effective_on)?;
    let shown = |one: &Indicator| {
        let agreed: Vec<_> = one.targets.iter().map(|facts| &facts.target).collect();
        serde_json::json!({ "targets": { id.to_string(): agreed } })
    };
    audit::record(tx, Entry { record_kind: "award", record_id: award_id, before: shown(&before), after: shown(&after), reason: None })?;
    Ok(after)
}

/// Notes that values of an indicator exist: from now on its unit and the way it adds up stay as they are.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn lock(tx: &mut Tx<'_>, id: Id) -> Result<(), Refusal> {
    let recorded_at = tx.recorded_at();
    store::lock(tx.conn(), id, recorded_at)
}

fn replace_targets(
    tx: &mut Tx<'_>,
    before: &Indicator,
    targets: &[IndicatorTarget],
    effective_on: NaiveDate,
) -> Result<Indicator, Refusal> {
    let targets: Vec<TargetFacts> = targets.iter().cloned().map(TargetFacts::from).collect();
    wrong_targets(tx.conn(), &targets)?.into_result()?;
    write(tx, before, Indicator { targets, ..next(tx, before, effective_on) })
}

fn at_version(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32) -> Result<Indicator, Refusal> {
    let current = get(tx.conn(), scope, id)?;
    if current.version == version { Ok(current) } else { Err(Refusal::Stale) }
}

fn next(tx: &Tx<'_>, before: &Indicator, effective_on: NaiveDate) -> Indicator {
    Indicator { version: before.version + 1, recorded_at: tx.recorded_at(), effective_on, ..before.clone() }
}

fn add(
    tx: &mut Tx<'_>,
    facts: IndicatorInput,
    targets: Vec<TargetFacts>,
    provenance: Provenance,
    note: Option<String>,
) -> Result<Indicator, Refusal> {
    check(tx, &facts, None)?;
    wrong_targets(tx.conn(), &targets)?.into_result()?;
    let (id, recorded_at, effective_on) = (tx.new_id(), tx.recorded_at(), tx.today());
    let new = Indicator { id, version: 1, recorded_at, effective_on, facts, targets, is_locked: false, provenance, note };
    store::write(tx.conn(), &new)?;
    log(tx, None, &new)?;
    Ok(new)
}

fn write(tx: &mut Tx<'_>, before: &Indicator, after: Indicator) -> Result<Indicator, Refusal> {
    store::write(tx.conn(), &after)?;
    log(tx, Some(before), &after)?;
    Ok(after)
}

fn check(tx: &mut Tx<'_>, facts: &IndicatorInput, before: Option<&Indicator>) -> Result<(), Refusal> {
    let mut faults = rules::faults(facts, before);
    if let Some(id) = facts.programme_id {
        let there = store::programme_known(tx.conn(), id)?;
        faults.require(there, "/programme_id", "unknown_record", "There is no such programme.");
    }
    if let Some(id) = facts.succeeds_id {
        let there = store::indicator_known(tx.conn(), id)?;
        faults.require(there, "/succeeds_id", "unknown_record", "There is no such indicator.");
        let is_circle = match before {
            Some(before) => leads_to(tx.conn(), id, before.id, |facts| facts.succeeds_id)?,
            None => false,
        };
        faults.require(!is_circle, "/succeeds_id", "circular", "An indicator does not succeed itself, nor one that comes after it.");
    }
    check_subsets(tx.conn(), facts, before, &mut faults)?;
    if let Some(id) = facts.fund_id {
        let there = store::fund_known(tx.conn(), id)?;
        faults.require(there, "/fund_id", "unknown_record", "There is no such fund.");
    }
    let known = store::awards_known(tx.conn(), &facts.award_ids)?;
    for (at, id) in facts.award_ids.iter().enumerate() {
        faults.require(known.contains(id), &format!("/award_ids/{at}"), "unknown_record", "There is no such award.");
    }
    faults.into_result()
}

/// What is wrong with what an indicator is a subset of, and with what becomes of those that are subsets of it.
fn check_subsets(conn: &mut Conn, facts: &IndicatorInput, before: Option<&Indicator>, faults: &mut Faults) -> Result<(), Refusal> {
    if let Some(id) = facts.subset_of_id {
        let whole = store::find(conn, id)?;
        faults.require(whole.is_some(), "/subset_of_id", "unknown_record", "There is no such indicator.");
        if let Some(whole) = whole {
            let is_number = whole.facts.measure() != IndicatorMeasure::Money;
            faults.require(is_number, "/subset_of_id", "not_allowed", "An amount of money has no part that is counted.");
            let message =
                "Each return that asks for this must ask for that indicator too: name it of the same awards, or of the same programme.";
            faults.require(rules::is_asked_with(facts, &whole.facts), "/subset_of_id", "not_asked_for", message);
        }
        let is_circle = match before {
            Some(before) => leads_to(conn, id, before.id, |facts| facts.subset_of_id)?,
            None => false,
        };
        faults.require(!is_circle, "/subset_of_id", "circular", "An indicator is no subset of itself, nor of one of its subsets.");
    }
    let Some(before) = before else { return Ok(()) };
    for subset in store::subsets(conn, before.id)? {
        let message = format!("`{}` is a subset of this: its awards keep this indicator.", subset.facts.name);
        faults.require(rules::is_asked_with(&subset.facts, facts), "/award_ids", "fixed", &message);
        let message = format!("`{}` is a subset of this, so it counts no money.", subset.facts.name);
        faults.require(facts.measure() != IndicatorMeasure::Money, "/unit", "fixed", &message);
    }
    Ok(())
}

/// Whether an indicator is `other`, or leads to it, be it through others.
fn leads_to(conn: &mut Conn, id: Id, other: Id, next: impl Fn(&IndicatorInput) -> Option<Id>) -> Result<bool, Refusal> {
    let mut at = Some(id);
    while let Some(id) = at {
        if id == other {
            return Ok(true);
        }
        at = store::find(conn, id)?.and_then(|one| next(&one.facts));
    }
    Ok(false)
}

fn wrong_targets(conn: &mut Conn, targets: &[TargetFacts]) -> Result<Faults, Refusal> {
    let mut faults: Faults = rules::target_faults(targets);
    let named: Vec<Id> = targets.iter().filter_map(|facts| facts.target.area_id).collect();
    let known = store::areas_known(conn, &named)?;
    for (at, facts) in targets.iter().enumerate() {
        let there = facts.target.area_id.is_none_or(|id| known.contains(&id));
        faults.require(there, &format!("/targets/{at}/area_id"), "unknown_record", "There is no such area.");
    }
    Ok(faults)
}

fn log(tx: &mut Tx<'_>, before: Option<&Indicator>, after: &Indicator) -> Result<(), Refusal> {
    let shown = |one: &Indicator| Ok::<_, Refusal>(serde_json::json!({ "facts": json(&one.facts)?, "targets": json(&one.targets)? }));
    let before = before.map(shown).transpose()?.unwrap_or_default();
    let entry = Entry { record_kind: "indicator", record_id: after.id, before, after: shown(after)?, reason: None };
    audit::record(tx, entry)?;
    Ok(())
}
