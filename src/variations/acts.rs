//! What happens to a variation.

mod approval;
mod beside;
mod force;
mod further;
mod rebase;
mod together;
mod waiting;
mod withdraw;

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit;
use crate::awards::Award;
use crate::awards::acts::{self as awards, Looked};
use crate::awards::indicators::acts as indicators;
use crate::awards::rules::{AwardAct, PaperTold, SignedPaper, allowed, attested, by_another};
use crate::kernel::{Code, Fault, Id, Page, PageRequest, Pence, Provenance, Refusal};
use crate::store::{Conn, Tx};
use crate::variations::letters::{write_of_acceptance, write_of_issue};
use crate::variations::policy::acts as policy;
use crate::variations::rules::{self, GroupedChange, VariationAcceptance, VariationAct, VariationInput, VariationIssue, VariationState};
use crate::variations::store::{self, Variation};

pub use approval::{approve, authors};
pub(super) use beside::{Beside, award_of, awards_of, beside, besides, terms_change};
pub use force::{apply, apply_on_its_day, due};
pub(super) use force::{apply_all, bring_into_force};
pub(super) use further::check_current;
pub use rebase::rebase;
pub(super) use rebase::{overtaken, rebase_all};
pub(super) use together::{Issuing, issue_all};
pub use waiting::waiting;
pub(super) use withdraw::take_back;
pub use withdraw::withdraw;

/// The variation, where the caller may see it: a provider its own, once issued.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn find(conn: &mut Conn, scope: Scope, id: Id) -> Result<Variation, Refusal> {
    let hidden = || Refusal::NotFound("variation");
    let one = store::load(conn, id)?.ok_or_else(hidden)?;
    let seen = awards::seen(conn, scope, one.award_id).map_err(|refusal| match refusal {
        Refusal::NotFound(_) => hidden(),
        other => other,
    })?;
    // Whoever passed the award on reads it as it stood then.
    let one = match seen.until {
        Some(until) => store::load_at(conn, id, until.recorded_at)?.ok_or_else(hidden)?,
        None => one,
    };
    if scope == Scope::Office || one.issued_on.is_some() { Ok(one) } else { Err(hidden()) }
}

/// A page of an award's variations that the caller may see.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such award for this caller.
pub fn page(conn: &mut Conn, scope: Scope, award_id: Id, request: &PageRequest) -> Result<Page<Variation>, Refusal> {
    let seen = awards::seen(conn, scope, award_id)?;
    match seen.until {
        Some(until) => store::page_at(conn, award_id, until.recorded_at, request),
        None => store::page(conn, award_id, scope == Scope::Office, request),
    }
}

/// A page of the variations of all awards that the caller may see: those of one group where it is named, those that could not be applied on their day
/// where the office asks for them.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn page_of_all(
    conn: &mut Conn,
    scope: Scope,
    (group, has_failed): (Option<&str>, bool),
    request: &PageRequest,
) -> Result<Page<Variation>, Refusal> {
    match scope {
        Scope::Nothing => Ok(Page { items: Vec::new(), next_cursor: None }),
        Scope::Office => store::page_of_all(conn, None, (group, has_failed), request),
        Scope::Provider(own) => store::page_of_all(conn, Some(own), (group, false), request),
    }
}

/// A page of the groups of variations that the caller may see, by name, each with its variations and what their awards agree to now.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn groups(
    conn: &mut Conn,
    scope: Scope,
    group: Option<&str>,
    (today, request): (NaiveDate, &PageRequest),
) -> Result<Page<Group>, Refusal> {
    let provider = match scope {
        Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
    };
    let names = store::groups(conn, provider, group, request)?;
    let stood = store::before_in_groups(conn, &names.items)?;
    let mut found: HashMap<String, Vec<(Id, GroupedChange)>> = HashMap::new();
    for (name, id, award_id, state, answer_due_on, change, terms_no, now) in store::in_groups(conn, provider, &names.items)? {
        let before = stood.get(&id).and_then(|before| before.get("amount_pence")).and_then(Value::as_i64).map(Pence);
        let state = rules::shown_state(state, answer_due_on, today);
        found.entry(name.unwrap_or_default()).or_default().push((id, GroupedChange { award_id, state, before, now, terms_no, change }));
    }
    Ok(names.map(|name| Group { variations: found.remove(&name).unwrap_or_default(), name }))
}

/// Variations that share one decision.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// The variations by award and number, each with what it does to its award.
    pub variations: Vec<(Id, GroupedChange)>,
}

fn load(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32) -> Result<Variation, Refusal> {
    let one = find(tx.conn(), scope, id)?;
    awards::get(tx.conn(), scope, one.award_id)?;
    if one.version == version { Ok(one) } else { Err(Refusal::Stale) }
}

/// The state after `act`, today.
fn step(tx: &Tx<'_>, one: &Variation, act: VariationAct) -> Result<VariationState, Refusal> {
    rules::next(rules::shown_state(one.state, one.answer_due_on, tx.today()), act, one.input.is_unilateral)
}

/// Whether the variation could be agreed now: the award is under way, and it would be whole with it. Whether there is money for it is
/// seen when it is applied.
fn check(conn: &mut Conn, today: NaiveDate, input: &VariationInput, beside: &Beside) -> Result<(), Refusal> {
    check_with(conn, &mut Looked::default(), today, input, beside)
}

/// The same, with what was looked up for others that are checked together with it.
pub(super) fn check_with(
    conn: &mut Conn,
    looked: &mut Looked,
    today: NaiveDate,
    input: &VariationInput,
    beside: &Beside,
) -> Result<(), Refusal> {
    let award = &beside.award;
    allowed(AwardAct::Vary, award.state())?;
    let own: Vec<Shared> = shared(conn, today, input, award)?;
    let mut found = beside.faults(input);
    for one in own {
        found.add(format!("/targets/{}/indicator_id", one.at), "shared", one.sentence);
    }
    rules::check_start(&mut found, input.effective_on, beside.earliest(input));
    for (at, change) in input.targets.iter().enumerate() {
        let targets = indicators::faults_of_targets(conn, &change.targets)?;
        found.0.extend(targets.0.into_iter().map(|fault| Fault { pointer: format!("/targets/{at}{}", fault.pointer), ..fault }));
    }
    if input.changes_terms() {
        let terms = awards::faults_of_change(conn, looked, award, &terms_change(input, award))?;
        for fault in terms.0.into_iter().map(rules::as_asked) {
            let is_told = found.0.iter().any(|told| told.pointer == fault.pointer);
            found.0.extend((!is_told).then_some(fault));
        }
    }
    if found.0.is_empty() {
        found = further::faults(conn, beside, input)?;
    }
    found.into_result()
}

/// An indicator whose targets the variation would change for other awards too.
struct Shared {
    at: usize,
    indicator_id: Id,
    awards: Vec<String>,
    sentence: String,
}

fn shared(conn: &mut Conn, today: NaiveDate, input: &VariationInput, award: &Award) -> Result<Vec<Shared>, Refusal> {
    let mut found = Vec::new();
    if input.targets.is_empty() {
        return Ok(found);
    }
    for one in indicators::of_award(conn, award.id)? {
        let Some(at) = input.targets.iter().position(|change| change.indicator_id == one.id) else { continue };
        let awards = indicators::shared_with(conn, &one, award.id, today)?;
        if let Some(sentence) = rules::shared(&awards) {
            found.push(Shared { at, indicator_id: one.id, awards, sentence });
        }
    }
    Ok(found)
}

/// Refuses where another award has come to share an indicator whose targets change.
fn not_shared(tx: &mut Tx<'_>, input: &VariationInput, award: &Award) -> Result<(), Refusal> {
    let today = tx.today();
    match shared(tx.conn(), today, input, award)?.into_iter().next() {
        Some(one) => {
            Err(Refusal::rule_with(Code::RuleBroken, one.sentence, json!({ "indicator_id": one.indicator_id, "awards": one.awards })))
        }
        None => Ok(()),
    }
}

/// Drafts a variation of an award.
///
/// # Errors
/// Every fault of the input, and of what the award would be with it; [`Code::WrongState`] unless the award is live or paused;
/// [`Refusal::NotFound`] without such an award.
pub fn draft(tx: &mut Tx<'_>, award_id: Id, input: &VariationInput) -> Result<Variation, Refusal> {
    let (award, today) = (award_of(tx.conn(), award_id)?, tx.today());
    let beside = beside(tx.conn(), award, &[input])?;
    let input = beside.worked_out(input);
    check(tx.conn(), today, &input, &beside)?;
    begin(tx, &beside.award, &input, &Provenance::default())
}

/// Begins a variation of an office's past, of which more may be unknown.
pub(super) fn take_in(tx: &mut Tx<'_>, award_id: Id, input: &VariationInput, provenance: &Provenance) -> Result<Variation, Refusal> {
    let award = award_of(tx.conn(), award_id)?;
    let beside = beside(tx.conn(), award, &[input])?;
    beside.faults(input).into_result()?;
    begin(tx, &beside.award, input, provenance)
}

/// Writes a draft that was checked.
fn begin(tx: &mut Tx<'_>, award: &Award, input: &VariationInput, provenance: &Provenance) -> Result<Variation, Refusal> {
    let last = store::last_numbers(tx.conn(), &[award.id])?.remove(&award.id);
    let one = drafted(tx, award, (input, provenance), last);
    store::begin(tx.conn(), &one)?;
    log(tx, None, &one)?;
    Ok(one)
}

/// A draft beside an award whose last variation has that number, before it is written.
fn drafted(tx: &Tx<'_>, award: &Award, (input, provenance): (&VariationInput, &Provenance), last: Option<i32>) -> Variation {
    let number = last.unwrap_or(0) + 1;
    Variation {
        id: tx.new_id(),
        award_id: award.id,
        award_state: award.state(),
        reference: format!("{}-V{number}", award.reference),
        number,
        version: 1,
        recorded_at: tx.recorded_at(),
        state: VariationState::Draft,
        input: input.clone(),
        before: None,
        after: None,
        terms_no: None,
        issued_on: None,
        answer_due_on: None,
        answered_on: None,
        answered_by: None,
        living_wage_attested_on: None,
        applied_on: None,
        note: None,
        provenance: provenance.clone(),
        issued_by_id: None,
        accepted_on_behalf_by: None,
        signed_by: None,
        signed_document_id: None,
        authored_by_id: tx.actor().id,
        approved_by_id: None,
        approved_by: None,
        approved_on: None,
        effect: None,
        failed_on: None,
        failure: None,
    }
}

/// Changes a draft.
///
/// # Errors
/// Every fault of the result; it is not a draft any more.
pub fn edit(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    make: impl FnOnce(&VariationInput) -> Result<VariationInput, Refusal>,
) -> Result<Variation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let state = step(tx, &one, VariationAct::Edit)?;
    let input = make(&one.input)?;
    let (award, today) = (award_of(tx.conn(), one.award_id)?, tx.today());
    let beside = beside(tx.conn(), award, &[&input])?;
    let input = beside.worked_out(&input);
    check(tx.conn(), today, &input, &beside)?;
    let author = tx.actor().id;
    change(tx, &one, |next| {
        (next.state, next.input, next.authored_by_id) = (state, input, author);
        (next.approved_by_id, next.approved_by, next.approved_on) = (None, None, None);
    })
}

/// Sends a variation to the provider, by letter too where it has an address, with what stands before kept beside it.
///
/// # Errors
/// It is not a draft; [`Code::Overlap`] where the agreement has come to hold from a later day; [`Code::RuleBroken`] where its change of the value
/// is still to be approved; every fault of the last day to answer; an indicator whose targets are another award's too; every fault of it
/// against the award as it stands now.
pub fn issue(tx: &mut Tx<'_>, id: Id, version: i32, issue: &VariationIssue) -> Result<Variation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let state = step(tx, &one, VariationAct::Issue)?;
    let award = award_of(tx.conn(), one.award_id)?;
    let today = tx.today();
    rules::issue_faults(issue, one.input.is_unilateral, today).into_result()?;
    allowed(AwardAct::Vary, award.state())?;
    rules::check_approved(one.input.change_pence(), &policy::get(tx.conn())?.policy, one.approved_on.is_some())?;
    not_shared(tx, &one.input, &award)?;
    let beside = beside(tx.conn(), award, &[&one.input])?;
    further::check_current(&one, &beside, "issued")?;
    let one = Variation { input: beside.worked_out(&one.input), ..one };
    let checked = check(tx.conn(), today, &one.input, &beside);
    let answerable = rules::check_answerable(one.input.is_unilateral, beside.award.terms.provider_id);
    both(checked, answerable).map_err(|refusal| refusal.of_record("draft", &[]))?;
    let before = beside.now(&one.input);
    let issued = sent(tx, &one, state, before, issue.answer_due_on);
    save(tx, &one, &issued)?;
    write_of_issue(tx, &beside.award, &issued)?;
    Ok(issued)
}

/// The faults of both together; else the first refusal.
fn both(one: Result<(), Refusal>, other: Result<(), Refusal>) -> Result<(), Refusal> {
    match (one, other) {
        (Err(Refusal::Invalid(mut faults)), Err(Refusal::Invalid(more))) => {
            faults.extend(more);
            Err(Refusal::Invalid(faults))
        }
        (one, other) => one.and(other),
    }
}

/// A draft as it is sent, with what stands before kept beside it.
fn sent(tx: &Tx<'_>, one: &Variation, state: VariationState, before: Value, answer_due_on: Option<NaiveDate>) -> Variation {
    Variation {
        version: one.version + 1,
        recorded_at: tx.recorded_at(),
        state,
        issued_by_id: tx.actor().id,
        before: Some(before),
        issued_on: Some(tx.today()),
        answer_due_on,
        ..one.clone()
    }
}

/// Accepts a variation: a provider by itself, the office for one that signed on paper, which is told.
///
/// # Errors
/// It is not waiting for the provider, or its last day to answer has passed; the award is not under way any more; [`Code::SamePerson`]
/// where whoever issued or rebased it accepts it for the provider; [`Code::Overlap`] where another change has overtaken it; what
/// [`awards::signed_paper`] refuses, and a paper from before it was rebased;
/// it brings a contract the clause on wages, and the provider does not attest that it pays them (R65).
pub fn accept(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &VariationAcceptance) -> Result<Variation, Refusal> {
    let one = load(tx, scope, id, version)?;
    let award = award_of(tx.conn(), one.award_id)?;
    allowed(AwardAct::Vary, award.state())?;
    step(tx, &one, VariationAct::Accept)?;
    let is_new = award.standing.living_wage_attested_on.is_none();
    let attests = attested(one.input.contract.filter(|_| is_new), input.attests_living_wage);
    if scope == Scope::Office {
        by_another(one.issued_by_id, tx.actor().id, "issued this variation")?;
    }
    let stands = beside(tx.conn(), award, &[&one.input])?;
    further::check_current(&one, &stands, "accepted")?;
    let told = PaperTold { document_id: input.signed_document_id, signed_by: input.signed_by.as_deref() };
    let paper = awards::signed_paper(tx, scope, stands.award.id, told, attests)?;
    if let Some(paper) = &paper {
        rebase::check_paper(tx.conn(), &one, paper.document_id)?;
    }
    let attested_on = input.attests_living_wage.then(|| tx.today());
    let accepted = answer(tx, &one, VariationAct::Accept, |next| {
        next.living_wage_attested_on = attested_on;
        if let Some(SignedPaper { document_id, signed_by, accepted_by }) = paper {
            next.accepted_on_behalf_by = Some(accepted_by);
            next.signed_by = Some(signed_by);
            next.signed_document_id = Some(document_id);
        }
    })?;
    if accepted.accepted_on_behalf_by.is_some() {
        write_of_acceptance(tx, &stands.award, &accepted)?;
    }
    Ok(accepted)
}

/// Refuses a variation for the provider.
///
/// # Errors
/// It is not waiting for the provider.
pub fn refuse(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, reason: &str) -> Result<Variation, Refusal> {
    let one = load(tx, scope, id, version)?;
    answer(tx, &one, VariationAct::Refuse, |next| next.note = Some(reason.to_owned()))
}

fn answer(tx: &mut Tx<'_>, one: &Variation, act: VariationAct, also: impl FnOnce(&mut Variation)) -> Result<Variation, Refusal> {
    let state = step(tx, one, act)?;
    let (today, name) = (tx.today(), tx.actor().name.clone());
    change(tx, one, |next| {
        next.state = state;
        next.answered_on = Some(today);
        next.answered_by = Some(name);
        also(next);
    })
}

/// How many variations are looked up at once.
const LOOKED_UP_AT_ONCE: i64 = 100;

/// Some of the variations after the one `after` whose last day to answer has passed, by id; none where there are no more.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn overdue(conn: &mut Conn, today: NaiveDate, after: Option<Id>) -> Result<Vec<Id>, Refusal> {
    store::overdue(conn, today, after, LOOKED_UP_AT_ONCE)
}

/// Notes that a variation was not answered in time, as it is shown since the day after its last. Says whether it still stood open.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Store`] where the database fails.
pub fn lapse(tx: &mut Tx<'_>, id: Id) -> Result<bool, Refusal> {
    let one = find(tx.conn(), Scope::Office, id)?;
    let is_over = rules::shown_state(one.state, one.answer_due_on, tx.today()) == VariationState::Lapsed;
    if one.state == VariationState::Lapsed || !is_over {
        return Ok(false);
    }
    change(tx, &one, |next| {
        next.state = VariationState::Lapsed;
        next.note = Some("not answered in time".to_owned());
    })?;
    Ok(true)
}

fn change(tx: &mut Tx<'_>, before: &Variation, make: impl FnOnce(&mut Variation)) -> Result<Variation, Refusal> {
    let mut next = Variation { version: before.version + 1, recorded_at: tx.recorded_at(), ..before.clone() };
    make(&mut next);
    save(tx, before, &next)?;
    Ok(next)
}

fn save(tx: &mut Tx<'_>, before: &Variation, next: &Variation) -> Result<(), Refusal> {
    store::advance(tx.conn(), next)?;
    log(tx, Some(before), next)
}

fn log(tx: &mut Tx<'_>, before: Option<&Variation>, after: &Variation) -> Result<(), Refusal> {
    audit::record(tx, entry(before, after)).map(|_| ())
}

/// What the log keeps of a variation that was begun or moved on.
fn entry(before: Option<&Variation>, after: &Variation) -> audit::Entry {
    let shown = |one: &Variation| {
        let (change, before, after) =
            (rules::for_log(json!(one.input)), one.before.clone().map(rules::for_log), one.after.clone().map(rules::for_log));
        json!({ "version": one.version, "award_id": one.award_id, "reference": one.reference, "state": one.state, "change": change,
            "issued_on": one.issued_on, "answer_due_on": one.answer_due_on, "answered_on": one.answered_on, "answered_by": one.answered_by,
            "living_wage_attested_on": one.living_wage_attested_on, "accepted_on_behalf_by": one.accepted_on_behalf_by,
            "signed_document_id": one.signed_document_id,
            "approved_by_id": one.approved_by_id, "approved_on": one.approved_on, "failed_on": one.failed_on, "failure": one.failure,
            "applied_on": one.applied_on, "before": before, "after": after, "terms_no": one.terms_no })
    };
    audit::Entry {
        record_kind: "variation",
        record_id: after.id,
        before: before.map_or(Value::Null, shown),
        after: shown(after),
        reason: after.note.clone(),
    }
}
