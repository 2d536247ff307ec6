//! What happens to a novation.

mod judged;
mod remind;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::documents;
use crate::funds::{self, bodies};
use crate::kernel::{AwardRefused, Code, Faults, Id, Page, PageRequest, Refusal};
use crate::novations::letters;
use crate::novations::rules::{
    self, NovationAcceptance, NovationAct, NovationInput, NovationKind, NovationParty, NovationState, check_refused,
};
use crate::novations::store::{self, Chosen, Novation, NovationFacts};
use crate::payments::passing::acts as payments;
use crate::providers;
use crate::returns::passing::acts as returns;
use crate::store::{Conn, Tx};

pub use judged::{AwardMoney, FundTotal, Judged, LineTotal, Preview, preview};
pub use remind::{Reminded, remind, unanswered};

/// What the log and attached files call a novation.
pub const RECORD_KIND: &str = "novation";

/// The novation, where the caller may see it: a provider those that it is party to, once issued.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn find(conn: &mut Conn, scope: Scope, id: Id) -> Result<Novation, Refusal> {
    let hidden = || Refusal::NotFound("novation");
    let one = store::load(conn, id)?.ok_or_else(hidden)?;
    let is_party = |own: Id| one.facts.kind == NovationKind::Provider && [one.facts.from_id, one.facts.to_id].contains(&own);
    let is_seen = match scope {
        Scope::Office => true,
        Scope::Provider(own) => is_party(own) && one.facts.issued_on.is_some(),
        Scope::Nothing => false,
    };
    if is_seen { Ok(one) } else { Err(hidden()) }
}

/// A page of the novations that this caller sees, the first one first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn page(conn: &mut Conn, scope: Scope, state: Option<NovationState>, request: &PageRequest) -> Result<Page<Novation>, Refusal> {
    store::page(conn, scope, state, request)
}

/// A page of the agreements of a novation, in the order of their ids.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such novation for this caller.
pub fn awards_page(conn: &mut Conn, scope: Scope, id: Id, request: &PageRequest) -> Result<Page<Chosen>, Refusal> {
    find(conn, scope, id)?;
    store::awards_page(conn, id, request)
}

/// How many agreements each of these novations has, how many have passed on, and how many were left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn counts(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, i64, i64, i64)>, Refusal> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::counts(conn, ids) }
}

fn load(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32) -> Result<Novation, Refusal> {
    let one = find(tx.conn(), scope, id)?;
    if one.facts.version == version { Ok(one) } else { Err(Refusal::Stale) }
}

fn change(tx: &mut Tx<'_>, before: &Novation, more: Value, make: impl FnOnce(&mut NovationFacts)) -> Result<Novation, Refusal> {
    let (version, recorded_at) = (before.facts.version + 1, tx.recorded_at());
    let mut after = Novation { facts: NovationFacts { version, recorded_at, ..before.facts.clone() }, ..before.clone() };
    make(&mut after.facts);
    store::advance(tx.conn(), &after)?;
    log(tx, Some(before), &after, more)?;
    Ok(after)
}

fn log(tx: &mut Tx<'_>, before: Option<&Novation>, after: &Novation, more: Value) -> Result<(), Refusal> {
    let shown = |one: &Novation| json!({ "reference": one.reference, "novation": one.facts });
    let mut told = shown(after);
    if let (Some(fields), Value::Object(more)) = (told.as_object_mut(), more) {
        fields.extend(more);
    }
    let entry = Entry {
        record_kind: RECORD_KIND,
        record_id: after.id,
        before: before.map_or(Value::Null, shown),
        after: told,
        reason: after.facts.note.clone(),
    };
    audit::record(tx, entry).map(|_| ())
}

/// Drafts a novation. Nothing passes on yet.
///
/// # Errors
/// Every fault of the input.
pub fn draft(tx: &mut Tx<'_>, input: &NovationInput) -> Result<Novation, Refusal> {
    let mut faults = rules::faults(input);
    parties(tx.conn(), input, &mut faults)?;
    if !input.award_ids.is_empty() {
        let known = awards::named(tx.conn(), &input.award_ids)?;
        for (at, id) in input.award_ids.iter().enumerate() {
            faults.require(known.contains_key(id), &format!("/award_ids/{at}"), "unknown_record", "There is no such award.");
        }
    }
    if let Some(fund) = input.fund_id {
        faults.require(funds::find(tx.conn(), fund)?.is_some(), "/fund_id", "unknown_record", "There is no such fund.");
    }
    faults.into_result()?;
    let (id, number) = (tx.new_id(), store::last_number(tx.conn())? + 1);
    let chosen = json!({ "award_ids": input.award_ids, "fund_id": input.fund_id }).to_string();
    let facts = NovationFacts {
        novation_id: id,
        version: 1,
        recorded_at: tx.recorded_at(),
        effective_on: input.effective_on,
        state: NovationState::Draft,
        kind: input.kind,
        from_id: input.from_id,
        to_id: input.to_id,
        from_ceased: input.from_ceased || input.kind == NovationKind::CommissioningBody,
        skip_refused: input.skip_refused,
        reason: input.reason.trim().to_owned(),
        chosen,
        drafted_by_id: tx.actor().id,
        drafted_by: tx.actor().name.clone(),
        issued_on: None,
        issued_by_id: None,
        issued_by: None,
        to_accepted_on: None,
        to_accepted_by: None,
        from_accepted_on: None,
        from_accepted_by: None,
        to_accepted_on_behalf_by: None,
        to_signed_by: None,
        to_signed_document_id: None,
        from_accepted_on_behalf_by: None,
        from_signed_by: None,
        from_signed_document_id: None,
        applied_on: None,
        note: None,
    };
    let one = Novation { id, reference: format!("NOV-{number:04}"), number, facts };
    store::begin(tx.conn(), &one)?;
    log(tx, None, &one, Value::Null)?;
    Ok(one)
}

/// Both parties are there; a commissioning body ends on the day before, and says who takes over.
fn parties(conn: &mut Conn, input: &NovationInput, faults: &mut Faults) -> Result<(), Refusal> {
    match input.kind {
        NovationKind::Provider => {
            for (pointer, id) in [("/from_id", input.from_id), ("/to_id", input.to_id)] {
                faults.require(providers::exists(conn, id)?, pointer, "unknown_record", "There is no such provider.");
            }
        }
        NovationKind::CommissioningBody => {
            let (from, to) = (bodies::find(conn, input.from_id)?, bodies::find(conn, input.to_id)?);
            faults.require(to.is_some(), "/to_id", "unknown_record", "There is no such commissioning body.");
            let Some(from) = from else {
                faults.add("/from_id", "unknown_record", "There is no such commissioning body.");
                return Ok(());
            };
            let message =
                "The record of this body names no successor, or another one. Say there who takes over from it, and on which day it ends.";
            faults.require(from.facts.successor_id == Some(input.to_id), "/to_id", "unknown_record", message);
            let message = "The record of this body says no last day. Say there in `valid_to` on which day it ends.";
            let is_dated = from.facts.valid_to.is_some() || from.facts.successor_id != Some(input.to_id);
            faults.require(is_dated, "/from_id", "required", message);
            let begins = from.facts.valid_to.and_then(|last| last.succ_opt());
            if let Some(first) = begins.filter(|first| *first != input.effective_on) {
                let message =
                    format!("A body ends where its successor begins: this one does on {first}. Let the agreements pass on that day.");
                faults.add("/effective_on", "out_of_range", message);
            }
        }
    }
    Ok(())
}

/// Sends a novation to the parties, with the agreements that it passes on: from now on the choice stays.
///
/// # Errors
/// It is not a draft; [`Code::AwardsRefused`] with every agreement that cannot pass on, unless those are left out; [`Code::SamePerson`] for whoever drafted it,
/// where money that is still to be paid goes along or the one before is there no more.
pub fn issue(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Novation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let state = rules::next(one.facts.state, NovationAct::Issue)?;
    let today = tx.today();
    let all = judged::of(tx.conn(), &one, None, today)?;
    let refused = judged::refused(&all);
    check_refused(all.len(), &refused, one.facts.skip_refused)?;
    let money = judged::committed(tx.conn(), &all)?;
    let actor = tx.actor().clone();
    rules::check_second_person(one.facts.drafted_by_id, actor.id, money.is_positive() || one.facts.from_ceased)?;
    let rows: Vec<Chosen> = all.iter().map(|award| row(id, award.award.id, award.award.terms_no, None, &refused)).collect();
    store::keep(tx.conn(), id, &rows)?;
    let more = json!({ "chosen_count": rows.len(), "left_out_count": rows.iter().filter(|row| row.left_out.is_some()).count(), "committed_pence": money });
    let issued = change(tx, &one, more, |next| {
        next.state = state;
        next.issued_on = Some(today);
        (next.issued_by_id, next.issued_by) = (actor.id, Some(actor.name));
    })?;
    let passing: Vec<&Judged> = all.iter().filter(|award| award.bars.is_empty()).collect();
    let mut told: Vec<Id> = passing.iter().filter_map(|award| award.award.provider_id).collect();
    told.sort_unstable();
    told.dedup();
    letters::write_of_issue(tx, &issued, &told, passing.len())?;
    letters::acts::freeze(tx, &issued, &passing)?;
    Ok(issued)
}

/// The agreements that a draft would pass on today.
pub(in crate::novations) fn passing(conn: &mut Conn, draft: &Novation, today: NaiveDate) -> Result<Vec<Judged>, Refusal> {
    let mut all = judged::of(conn, draft, None, today)?;
    all.retain(|award| award.bars.is_empty());
    Ok(all)
}

fn row(novation_id: Id, award_id: Id, before_no: i32, after_no: Option<i32>, refused: &[AwardRefused]) -> Chosen {
    let own = refused.iter().filter(|one| one.award_id == award_id).flat_map(|one| &one.reasons);
    let why: Vec<&str> = own.map(|reason| reason.message.as_str()).collect();
    let left_out = (!why.is_empty()).then(|| why.join(" "));
    Chosen { novation_id, award_id, before_no, after_no, left_out }
}

/// Accepts a novation: a provider by itself, the office for a party that signed a paper. It is accepted once all have who have to.
///
/// # Errors
/// It does not wait for this party; [`Code::SamePerson`] where whoever issued it accepts it for a party; every fault of the paper.
pub fn accept(tx: &mut Tx<'_>, scope: Scope, (id, version): (Id, i32), input: &NovationAcceptance) -> Result<Novation, Refusal> {
    let one = load(tx, scope, id, version)?;
    let state = rules::next(one.facts.state, NovationAct::Accept)?;
    let facts = &one.facts;
    let own = party_of(scope, facts)?;
    let party = rules::accepting(input, own, facts.from_ceased)?;
    if own.is_none() {
        if facts.issued_by_id.is_some() && facts.issued_by_id == tx.actor().id {
            let detail = "You issued this novation, so somebody else must accept it by the signed paper.";
            return Err(Refusal::rule(Code::SamePerson, detail));
        }
        if let Some(document) = input.signed_document_id {
            is_file_of(tx.conn(), id, document)?;
        }
    }
    let has_accepted = match party {
        NovationParty::Successor => facts.to_accepted_on.is_some(),
        NovationParty::Predecessor => facts.from_accepted_on.is_some(),
    };
    if has_accepted {
        return Err(Refusal::rule(Code::WrongState, "This party has accepted the novation already; the other one has not."));
    }
    let (today, name) = (tx.today(), tx.actor().name.clone());
    change(tx, &one, Value::Null, |next| {
        match party {
            NovationParty::Successor => (next.to_accepted_on, next.to_accepted_by) = (Some(today), Some(name.clone())),
            NovationParty::Predecessor => (next.from_accepted_on, next.from_accepted_by) = (Some(today), Some(name.clone())),
        }
        if own.is_none() {
            sign(next, party, name, input);
        }
        if next.to_accepted_on.is_some() && (next.from_ceased || next.from_accepted_on.is_some()) {
            next.state = state;
        }
    })
}

/// Notes the paper by which the office accepted for a party; each party has its own.
fn sign(next: &mut NovationFacts, party: NovationParty, name: String, input: &NovationAcceptance) {
    let signed_by = input.signed_by.as_deref().map(|text| text.trim().to_owned());
    match party {
        NovationParty::Successor => {
            next.to_accepted_on_behalf_by = Some(name);
            (next.to_signed_by, next.to_signed_document_id) = (signed_by, input.signed_document_id);
        }
        NovationParty::Predecessor => {
            next.from_accepted_on_behalf_by = Some(name);
            (next.from_signed_by, next.from_signed_document_id) = (signed_by, input.signed_document_id);
        }
    }
}

/// Which party a provider is; nothing for the office.
fn party_of(scope: Scope, facts: &NovationFacts) -> Result<Option<NovationParty>, Refusal> {
    match scope {
        Scope::Office => Ok(None),
        Scope::Provider(own) if own == facts.to_id => Ok(Some(NovationParty::Successor)),
        Scope::Provider(own) if own == facts.from_id && !facts.from_ceased => Ok(Some(NovationParty::Predecessor)),
        Scope::Provider(_) => {
            Err(Refusal::rule(Code::RuleBroken, "This novation is accepted by the successor alone: the one before is there no more."))
        }
        Scope::Nothing => Err(Refusal::NotFound("novation")),
    }
}

fn is_file_of(conn: &mut Conn, id: Id, document: Id) -> Result<(), Refusal> {
    let is_there = match documents::get(conn, Scope::Office, document) {
        Ok(file) => file.record_kind == RECORD_KIND && file.record_id == id && file.redacted_on.is_none(),
        Err(Refusal::NotFound(_)) => false,
        Err(other) => return Err(other),
    };
    let message = "This novation has no such file. Attach the signed paper to it first, and give the id of that file.";
    if is_there { Ok(()) } else { Err(Refusal::invalid("/signed_document_id", "unknown_record", message)) }
}

/// What follows a file that was attached: both parties read it, once the novation is issued.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such novation for this caller.
pub fn attached(tx: &mut Tx<'_>, scope: Scope, id: Id) -> Result<(), Refusal> {
    let one = find(tx.conn(), scope, id)?;
    if one.facts.kind == NovationKind::Provider {
        documents::share(tx, id, &[one.facts.from_id, one.facts.to_id])?;
    }
    Ok(())
}

/// Refuses a novation for a party.
///
/// # Errors
/// It does not wait for the parties.
pub fn refuse(tx: &mut Tx<'_>, scope: Scope, (id, version): (Id, i32), reason: &str) -> Result<Novation, Refusal> {
    let one = load(tx, scope, id, version)?;
    party_of(scope, &one.facts)?;
    end(tx, &one, NovationAct::Refuse, reason)
}

/// Takes a novation back before it is applied.
///
/// # Errors
/// It is applied, refused or taken back already.
pub fn withdraw(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Novation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    end(tx, &one, NovationAct::Withdraw, reason)
}

fn end(tx: &mut Tx<'_>, one: &Novation, act: NovationAct, reason: &str) -> Result<Novation, Refusal> {
    let state = rules::next(one.facts.state, act)?;
    let reason = reason.trim().to_owned();
    if reason.is_empty() {
        return Err(Refusal::invalid("/reason", "blank", "This cannot be blank."));
    }
    change(tx, one, Value::Null, |next| (next.state, next.note) = (state, Some(reason)))
}

/// Lets the agreements pass on, all or none: each gets its next version, the returns and payments that go along go to the successor, and no money moves.
///
/// # Errors
/// It is not accepted; its day has not come; [`Code::AwardsRefused`] with every agreement that cannot pass on by now, unless those are left out.
pub fn apply(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Novation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let state = rules::next(one.facts.state, NovationAct::Apply)?;
    let today = tx.today();
    rules::check_day(one.facts.effective_on, today)?;
    let kept = store::awards(tx.conn(), id)?;
    let ids: Vec<Id> = kept.iter().filter(|row| row.left_out.is_none()).map(|row| row.award_id).collect();
    let all = judged::of(tx.conn(), &one, Some(&ids), today)?;
    let refused = judged::refused(&all);
    check_refused(all.len(), &refused, one.facts.skip_refused)?;
    let may_pass: Vec<&Judged> = all.iter().filter(|award| award.bars.is_empty()).collect();
    let passing: Vec<Id> = may_pass.iter().map(|award| award.award.id).collect();
    let told: Vec<(Option<Id>, String)> = may_pass.iter().map(|award| (award.award.provider_id, award.award.reference.clone())).collect();
    let (party, effective_on) = (judged::party(&one.facts), one.facts.effective_on);
    let novated = awards::novate(tx, &passing, &awards::Novating { novation_id: id, party, effective_on })?;
    let (returns, payments) = pass_on(tx, &one.facts, all, &passing)?;
    let mut rows: Vec<Chosen> = kept.iter().filter(|row| row.left_out.is_some()).cloned().collect();
    rows.extend(novated.iter().map(|done| row(id, done.award_id, done.before_no, Some(done.after_no), &[])));
    let is_left = |row: &&Chosen| row.left_out.is_none() && !passing.contains(&row.award_id);
    rows.extend(kept.iter().filter(is_left).map(|before| row(id, before.award_id, before.before_no, None, &refused)));
    store::keep(tx.conn(), id, &rows)?;
    let more = json!({ "applied_count": novated.len(), "chosen_count": kept.len(), "returns_count": returns, "payments_count": payments });
    let applied = change(tx, &one, more, |next| (next.state, next.applied_on) = (state, Some(today)))?;
    letters::write_of_application(tx, &applied, &told)?;
    Ok(applied)
}

/// Gives the successor the returns and payments that go along, and says how many.
fn pass_on(tx: &mut Tx<'_>, facts: &NovationFacts, all: Vec<Judged>, passing: &[Id]) -> Result<(usize, usize), Refusal> {
    if facts.kind != NovationKind::Provider {
        return Ok((0, 0));
    }
    let (from, to, day, has_ceased) = (facts.from_id, facts.to_id, facts.effective_on, facts.from_ceased);
    let returns = returns::pass_on(tx, passing, &returns::Passing { from, to, day, has_ceased })?;
    let going = all.into_iter().filter(|award| award.bars.is_empty()).flat_map(|award| award.payments.going).collect();
    let payments = payments::pass_on(tx, going, passing, &payments::Passing { from, to, day, has_ceased })?;
    Ok((returns, payments))
}
