//! Checks of terms against the records that they name.

use chrono::NaiveDate;

use super::looked::Looked;
use crate::awards::rules::{self, AwardAct, AwardInput, AwardKind, AwardState, Linked};
use crate::awards::store::{self, Award, ForerunnerFacts, PeriodFacts};
use crate::kernel::{Faults, Id, Pence, Provenance, Refusal};
use crate::store::{Conn, Tx};

/// How many awards may be parts of one another in a row.
const DEPTH_MAX: usize = 20;

/// Every fault of the terms, by themselves and against the records that they name; `own` is the award itself, once it is there, with the
/// terms that are agreed already, where some are.
pub(super) fn terms(
    tx: &mut Tx<'_>,
    looked: &mut Looked,
    own: (Option<Id>, Option<&AwardInput>),
    terms: &AwardInput,
    provenance: &Provenance,
) -> Result<PeriodFacts, Refusal> {
    let (period, faults) = against(tx.conn(), looked, own, terms, provenance)?;
    faults.into_result()?;
    period.ok_or_else(no_period)
}

/// Every fault of the terms of a draft: those, and what is wrong with the award that it goes on with (R08), which may be closed where
/// both are told of the past.
pub(super) fn draft(
    tx: &mut Tx<'_>,
    own: Option<Id>,
    terms: &AwardInput,
    provenance: &Provenance,
    is_past: bool,
) -> Result<PeriodFacts, Refusal> {
    let (period, mut faults) = against(tx.conn(), &mut Looked::default(), (own, None), terms, provenance)?;
    if let Some(id) = terms.succeeds {
        match store::forerunner(tx.conn(), id)? {
            None => faults.add("/succeeds", "unknown_record", "There is no such award."),
            Some(before) => goes_on(&before, terms, period.as_ref(), is_past, &mut faults),
        }
    }
    faults.into_result()?;
    period.ok_or_else(no_period)
}

fn no_period() -> Refusal {
    Refusal::invalid("/fund_period_id", "unknown_record", "There is no such fund period.")
}

/// What is agreed goes on with the same provider, in a later fund period. A draft is never gone on with, so there is no ring.
fn goes_on(before: &ForerunnerFacts, terms: &AwardInput, period: Option<&PeriodFacts>, is_past: bool, faults: &mut Faults) {
    let is_agreed = AwardAct::NextYear.is_open_in(before.state) || is_past && before.state == AwardState::Closed;
    let sentence = format!("An agreement that is {} does not go on; one that is live, paused or ended does.", before.state);
    faults.require(is_agreed, "/succeeds", "wrong_state", &sentence);
    let is_same = before.provider_id == terms.provider_id;
    faults.require(is_same, "/provider_id", "other_provider", "An agreement goes on with its own provider.");
    let is_later = period.is_none_or(|period| period.span.starts_on > before.period_ends_on);
    let sentence = format!("The next agreement year is paid by a fund period that begins after {}.", before.period_ends_on);
    faults.require(is_later, "/fund_period_id", "not_later", &sentence);
}

/// The fund period, where there is one, and every fault of the terms by themselves and against the records that they name.
pub(super) fn against(
    conn: &mut Conn,
    looked: &mut Looked,
    (own, agreed): (Option<Id>, Option<&AwardInput>),
    terms: &AwardInput,
    provenance: &Provenance,
) -> Result<(Option<PeriodFacts>, Faults), Refusal> {
    let period = looked.period(conn, terms.fund_period_id)?;
    let policy = looked.policy(conn)?;
    let mut faults = Faults::new();
    match &period {
        Some(period) => {
            let linked = linked(conn, own, terms)?;
            faults.0.extend(rules::faults(terms, period.span, &policy, provenance, &linked).0);
            money_from(conn, looked, terms, &mut faults)?;
        }
        // Of what depends on the fund period nothing can be said.
        None => {
            faults.add("/fund_period_id", "unknown_record", "There is no such fund period.");
            faults.0.extend(rules::faults_of_any_period(terms, provenance).0);
        }
    }
    if !provenance.lacks("R14") {
        let named: Vec<Id> = terms.split.iter().map(|line| line.budget_line_id).collect();
        let lines = if named.is_empty() { looked.budget_lines_of(conn, terms.fund_period_id)?.into_iter().collect() } else { named };
        days(conn, looked, terms, (&lines, &mut faults))?;
    }
    recipient(conn, looked, terms, &mut faults)?;
    places(conn, looked, (agreed, terms), &mut faults)?;
    part(conn, own, terms, &mut faults)?;
    Ok((period, faults))
}

/// The contracts that a contract is linked with, whichever goes on with which; nothing is asked of another kind of award.
fn linked(conn: &mut Conn, own: Option<Id>, terms: &AwardInput) -> Result<Linked, Refusal> {
    let others = if terms.kind == AwardKind::Contract { store::linked(conn, own, terms.succeeds)? } else { Vec::new() };
    Ok(Linked { own, others })
}

fn money_from(conn: &mut Conn, looked: &mut Looked, terms: &AwardInput, faults: &mut Faults) -> Result<(), Refusal> {
    if let Some(id) = terms.tranche_id {
        let there = looked.tranche_period(conn, id)? == Some(terms.fund_period_id);
        faults.require(there, "/tranche_id", "unknown_record", "There is no such tranche in this fund period.");
    }
    if let Some(id) = terms.earmark_id {
        let there = looked.earmark_period(conn, id)? == Some(terms.fund_period_id);
        faults.require(there, "/earmark_id", "unknown_record", "There is no such earmark in this fund period.");
    }
    if !terms.split.is_empty() {
        let lines = looked.budget_lines_of(conn, terms.fund_period_id)?;
        for (at, line) in terms.split.iter().enumerate() {
            let there = lines.contains(&line.budget_line_id);
            let pointer = format!("/split/{at}/budget_line_id");
            faults.require(there, &pointer, "unknown_record", "There is no such budget line in this fund period.");
        }
    }
    Ok(())
}

/// Some day of the award is one on which the money that pays it may be spent (R14): otherwise none of its spending could be reported.
fn days(conn: &mut Conn, looked: &mut Looked, terms: &AwardInput, (lines, faults): (&[Id], &mut Faults)) -> Result<(), Refusal> {
    let Some((first, last)) = terms.starts_on.zip(terms.ends_on).filter(|_| terms.component_of.is_none()) else { return Ok(()) };
    let (opens, closes) = looked.window(conn, lines)?;
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "any day".to_owned(), |day| day.to_string());
    let sentence = format!(
        "The money that pays this award may be spent from {} to {}, and the award runs from {first} to {last}: none of its spending would count (R14).",
        day(opens),
        day(closes)
    );
    faults.require(opens.is_none_or(|opens| last >= opens), "/ends_on", "outside_window", &sentence);
    faults.require(closes.is_none_or(|closes| first <= closes), "/starts_on", "outside_window", &sentence);
    Ok(())
}

/// The same of an award that is offered, now that it is settled which lines pay it.
pub(super) fn paid_days(conn: &mut Conn, award: &Award, split: &[(Id, Pence)]) -> Result<(), Refusal> {
    let mut faults = Faults::new();
    if !award.standing.provenance().lacks("R14") {
        let lines: Vec<Id> = split.iter().map(|(line, _)| *line).collect();
        days(conn, &mut Looked::default(), &award.terms, (&lines, &mut faults))?;
    }
    faults.into_result().map_err(|refusal| refusal.of_record("draft", &[]))
}

fn recipient(conn: &mut Conn, looked: &mut Looked, terms: &AwardInput, faults: &mut Faults) -> Result<(), Refusal> {
    if let Some(id) = terms.provider_id {
        let there = looked.provider_known(conn, id)?;
        faults.require(there, "/provider_id", "unknown_record", "There is no such provider.");
    }
    if let Some(id) = terms.service_line_id {
        let owner = looked.service_line_provider(conn, id)?;
        let fits = owner.is_some() && owner == terms.provider_id;
        faults.require(fits, "/service_line_id", "unknown_record", "This provider has no such service line (R42).");
    }
    if let Some(id) = terms.programme_id {
        let there = looked.programme_known(conn, id)?;
        faults.require(there, "/programme_id", "unknown_record", "There is no such programme.");
    }
    Ok(())
}

/// An area is there on some day of the award. What was agreed so stays: an area whose time was cut afterwards hinders no variation of
/// something else.
fn places(
    conn: &mut Conn,
    looked: &mut Looked,
    (agreed, terms): (Option<&AwardInput>, &AwardInput),
    faults: &mut Faults,
) -> Result<(), Refusal> {
    if terms.area_ids.is_empty() {
        return Ok(());
    }
    let known = looked.areas(conn, &terms.area_ids)?;
    let same_days = agreed.filter(|agreed| (agreed.starts_on, agreed.ends_on) == (terms.starts_on, terms.ends_on));
    for (at, id) in terms.area_ids.iter().enumerate() {
        let Some(area) = known.get(id) else {
            faults.add(format!("/area_ids/{at}"), "unknown_record", "There is no such area.");
            continue;
        };
        let is_agreed = same_days.is_some_and(|agreed| agreed.area_ids.contains(id));
        if let Some(message) = area.missed_by(terms.starts_on, terms.ends_on).filter(|_| !is_agreed) {
            faults.add(format!("/area_ids/{at}"), "not_in_force", message);
        }
    }
    Ok(())
}

/// A part has a whole of the same programme, and is not the whole of its own whole.
fn part(conn: &mut Conn, own: Option<Id>, terms: &AwardInput, faults: &mut Faults) -> Result<(), Refusal> {
    let Some(first) = terms.component_of else { return Ok(()) };
    let Some(whole) = store::whole(conn, first)? else {
        faults.add("/component_of", "unknown_record", "There is no such award.");
        return Ok(());
    };
    let same = whole.programme_id == terms.programme_id;
    faults.require(same, "/component_of", "other_programme", "An award is a part only of an award of the same programme.");
    let (mut at, mut above) = (Some(first), whole.component_of);
    for _ in 0..DEPTH_MAX {
        let Some(id) = at else { return Ok(()) };
        if Some(id) == own {
            break;
        }
        at = above;
        above = match at {
            Some(next) => store::whole(conn, next)?.and_then(|facts| facts.component_of),
            None => None,
        };
    }
    faults.add("/component_of", "circular", "An award cannot be a part of itself, nor of one of its own parts.");
    Ok(())
}
