//! From the offer to the acceptance, or to what comes instead.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::looked::Looked;
use super::{check, payer, signed_paper};
use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::monitoring;
use crate::awards::rules::{self, AwardAct, AwardInput, AwardState, PaperTold, QuarterAmount, SignedPaper};
use crate::awards::store::{self, Award, Standing};
use crate::funds::budget_lines;
use crate::funds::earmarks::{self, EarmarkState};
use crate::funds::tranches::{self, TrancheState};
use crate::kernel::{Code, Event, Id, Pence, Provenance, Refusal};
use crate::ledger::{self, Account, AccountKind, Movement, locks};
use crate::outbox::{self, LetterView, Message};
use crate::providers::checks;
use crate::store::{Conn, Tx};

/// An offer to a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardOffer {
    /// The day of the offer; today where it is left out.
    #[serde(default)]
    pub offered_on: Option<NaiveDate>,
    /// The day on which the award was decided; the day of the offer where it is left out.
    #[serde(default)]
    pub decided_on: Option<NaiveDate>,
    /// The last day to accept it; without one it stays open.
    #[serde(default)]
    pub acceptance_due_on: Option<NaiveDate>,
}

/// A provider's yes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardAcceptance {
    /// The day of the acceptance; today where it is left out.
    #[serde(default)]
    pub accepted_on: Option<NaiveDate>,
    /// That the provider pays its staff at least the National Living Wage; needed for a contract with that clause (R65).
    #[serde(default)]
    pub attests_living_wage: bool,
    /// Where the office accepts for a provider that signed on paper: the signed paper, a file that is attached to this award. A provider that
    /// accepts by itself leaves it out.
    #[serde(default)]
    pub signed_document_id: Option<Id>,
    /// Who signed that paper for the provider, with their position.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "The chair of the group")]
    pub signed_by: Option<String>,
}

/// Why something is refused or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardReason {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// The day; today where it is left out.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
}

/// Offers a draft to its provider: the money moves from tranche, earmark or fund period to what is offered, line by line.
///
/// # Errors
/// Every fault of the terms; [`crate::kernel::Code::InsufficientBalance`] with account, balance and shortfall; whatever
/// [`tranches::may_offer`], [`earmarks::may_draw`], [`checks::may_be_offered`] and [`budget_lines::may_offer`] refuse; [`crate::kernel::Code::WrongState`].
pub fn offer(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardOffer) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Offer)?;
    let today = tx.today();
    let on = input.offered_on.unwrap_or(today);
    rules::not_before("/offered_on", on, input.decided_on, today)?;
    if input.acceptance_due_on.is_some_and(|due| due < on) {
        return Err(Refusal::invalid("/acceptance_due_on", "reversed_dates", "The last day to accept is before the day of the offer."));
    }
    let terms = AwardInput { profile: super::profile(tx.conn(), &award)?, ..award.terms.clone() };
    check::terms(tx, &mut Looked::default(), (Some(id), None), &terms, &Provenance::default())
        .map_err(|refusal| refusal.of_record("draft", &[]))?;
    may_draw(tx.conn(), &terms)?;
    if let Some(provider) = terms.provider_id {
        checks::may_be_offered(tx.conn(), provider, today)?;
    }
    let award = place(tx, award, terms.profile, input, on)?;
    for (budget_line_id, _) in award.split.clone() {
        tx.emit(Event::MoneyPromised { budget_line_id, on })?;
    }
    write_of_offer(tx, &award)?;
    Ok(award)
}

/// Whether the tranche or the earmark that pays lets awards be offered now.
fn may_draw(conn: &mut Conn, terms: &AwardInput) -> Result<(), Refusal> {
    match (terms.tranche_id, terms.earmark_id) {
        (Some(tranche), _) => tranches::may_offer(conn, tranche, terms.fund_period_id),
        (None, Some(earmark)) => earmarks::may_draw(conn, earmark, terms.fund_period_id),
        (None, None) => Ok(()),
    }
}

/// Where the money of an award goes back to: whoever paid it, or the fund period once that is cancelled or released, so that nothing
/// is left where nobody can use it.
fn paid_back_to(conn: &mut Conn, terms: &AwardInput) -> Result<(AccountKind, Id), Refusal> {
    let is_over = match (terms.tranche_id, terms.earmark_id) {
        (Some(id), _) => tranches::find(conn, id)?.is_some_and(|tranche| tranche.facts.terms.state == TrancheState::Cancelled),
        (None, Some(id)) => earmarks::find(conn, id)?.is_some_and(|earmark| earmark.facts.terms.state == EarmarkState::Released),
        (None, None) => false,
    };
    Ok(if is_over { (AccountKind::FundPeriod, terms.fund_period_id) } else { payer(terms) })
}

/// Tells the provider of its offer.
fn write_of_offer(tx: &mut Tx<'_>, award: &Award) -> Result<(), Refusal> {
    let amount = award.terms.amount_pence.map(|amount| format!("\nAmount: {amount}")).unwrap_or_default();
    let due = award.standing.acceptance_due_on.map(|due| format!("\nPlease accept or refuse it by {due}.")).unwrap_or_default();
    let (reference, title) = (&award.reference, &award.terms.title);
    let subject = format!("Award {reference} is offered to you");
    write_to_provider(tx, award, (super::RECORD_KIND, award.id), subject, |name| {
        format!("{name} is offered the award {reference}: {title}.{amount}{due}\n")
    })
}

/// What became of the letter that told the provider of the offer of an award. Nothing before the offer, and of an award that was taken in.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn letter_of_offer(conn: &mut Conn, award: &Award) -> Result<Option<LetterView>, Refusal> {
    if award.standing.offered_on.is_none() {
        return Ok(None);
    }
    let found = outbox::letters(conn, "award.offer", &[award.id])?.remove(&award.id);
    Ok(found.or_else(|| award.standing.offered_by_id.map(|_| LetterView::NO_ADDRESS)))
}

/// Queues a letter about a record to the provider of an award, where it has an address for letters. `words` are given its name.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn write_to_provider(
    tx: &mut Tx<'_>,
    award: &Award,
    (record_kind, record_id): (&'static str, Id),
    subject: String,
    words: impl FnOnce(&str) -> String,
) -> Result<(), Refusal> {
    let Some(provider) = &award.names.provider else { return Ok(()) };
    let body = words(&provider.name);
    write_to_providers(tx, vec![ProviderLetter { provider_id: provider.id, subject, body, record_kind, record_id }])
}

/// A letter to a provider, before it is known where that has its letters sent.
#[derive(Debug, Clone)]
pub struct ProviderLetter {
    /// The provider.
    pub provider_id: Id,
    /// The subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// What kind of record it is about.
    pub record_kind: &'static str,
    /// Which record.
    pub record_id: Id,
}

/// Queues letters to providers, of those that have an address for letters.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn write_to_providers(tx: &mut Tx<'_>, all: Vec<ProviderLetter>) -> Result<(), Refusal> {
    let mut ids: Vec<Id> = all.iter().map(|one| one.provider_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let addresses = store::letters_go_to(tx.conn(), &ids)?;
    let of = |ProviderLetter { provider_id, subject, body, record_kind, record_id }: ProviderLetter| {
        let recipient = addresses.get(&provider_id)?.clone();
        Some(Message { recipient, subject, body, record_kind, record_id })
    };
    outbox::queue_all(tx, all.into_iter().filter_map(of).collect())
}

/// Where letters to these providers go, of those that have an address for letters.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn addresses(conn: &mut Conn, providers: &[Id]) -> Result<HashMap<Id, String>, Refusal> {
    store::letters_go_to(conn, providers)
}

/// The offer itself, after its checks. The profile is for the log.
pub(super) fn place(
    tx: &mut Tx<'_>,
    award: Award,
    profile: Vec<QuarterAmount>,
    input: &AwardOffer,
    on: NaiveDate,
) -> Result<Award, Refusal> {
    let split = split_at_offer(tx, &award, on)?;
    check::paid_days(tx.conn(), &award, &split)?;
    let (kind, record_id) = payer(&award.terms);
    for (line, amount) in &split {
        budget_lines::may_offer(tx.conn(), *line, *amount, on)?;
        transfer(tx, (kind, record_id), (AccountKind::Offered, award.id), (*line, *amount), on)?;
    }
    if award.split.is_empty() {
        store::add_split(tx.conn(), (award.id, award.standing.terms_no), &split)?;
    }
    let next = Standing {
        state: AwardState::Offered,
        offered_terms_no: Some(award.standing.terms_no),
        decided_on: Some(input.decided_on.unwrap_or(on)),
        offered_on: Some(on),
        offered_by_id: tx.actor().id,
        acceptance_due_on: input.acceptance_due_on,
        ..super::next(tx, &award, on)
    };
    store::advance(tx.conn(), &next)?;
    let terms = AwardInput { profile, ..award.terms.clone() };
    let (before, after) = (super::whole(&award.standing, &terms, &award.split)?, super::whole(&next, &terms, &split)?);
    audit::record(tx, Entry { record_kind: "award", record_id: award.id, before, after, reason: None })?;
    Ok(Award { version: next.version, standing: next, split, ..award })
}

fn split_at_offer(tx: &mut Tx<'_>, award: &Award, on: NaiveDate) -> Result<Vec<(Id, Pence)>, Refusal> {
    let Some(amount) = award.moves_money() else { return Ok(Vec::new()) };
    if !award.split.is_empty() {
        return Ok(award.split.clone());
    }
    let available = if award.terms.split.is_empty() { available(tx.conn(), &award.terms, amount, on)? } else { Vec::new() };
    Ok(rules::settle_split(amount, &award.terms.split, &available))
}

/// What each line has for this award; refused where all together are not enough.
pub(super) fn available(conn: &mut Conn, terms: &AwardInput, amount: Pence, on: NaiveDate) -> Result<Vec<(Id, Pence)>, Refusal> {
    let (kind, record_id) = payer(terms);
    let held = match kind {
        AccountKind::FundPeriod => budget_lines::usable(conn, record_id, on)?,
        _ => ledger::balances(conn, kind, record_id)?,
    };
    let sum: Pence = held.iter().map(|(_, pence)| *pence).sum();
    if sum < amount {
        return Err(naming(conn, (kind, record_id), Refusal::insufficient(kind.title(), None, sum, amount)));
    }
    Ok(held)
}

/// The refusal of an account that is short, with the reference of the tranche or earmark whose account it is.
fn naming(conn: &mut Conn, (kind, id): (AccountKind, Id), refusal: Refusal) -> Refusal {
    let Refusal::Rule { code: Code::InsufficientBalance, detail, facts } = refusal else { return refusal };
    let names = match kind {
        AccountKind::Tranche => tranches::named(conn, &[id]),
        AccountKind::Earmark => earmarks::named(conn, &[id]),
        _ => return Refusal::Rule { code: Code::InsufficientBalance, detail, facts },
    };
    let detail = match names.ok().and_then(|names| names.get(&id).map(|named| named.code.clone())) {
        Some(reference) => detail.replacen(kind.title(), &format!("{} {reference}", kind.title()), 1),
        None => detail,
    };
    Refusal::Rule { code: Code::InsufficientBalance, detail, facts }
}

pub(super) fn transfer(
    tx: &mut Tx<'_>,
    (from_kind, from_id): (AccountKind, Id),
    (to_kind, to_id): (AccountKind, Id),
    (budget_line_id, amount): (Id, Pence),
    effective_on: NaiveDate,
) -> Result<(), Refusal> {
    let from = Account { kind: from_kind, record_id: from_id, budget_line_id };
    let to = Account { kind: to_kind, record_id: to_id, budget_line_id };
    let moved = ledger::transfer(tx, &Movement { from, to, amount, effective_on });
    moved.map(|_| ()).map_err(|refusal| naming(tx.conn(), (from_kind, from_id), refusal))
}

/// Accepts an offered award: what was offered is committed, and the award goes live. A provider accepts by itself; the office does for one
/// that signed on paper, and tells it.
///
/// # Errors
/// [`crate::kernel::Code::SamePerson`] where whoever offered it accepts it for the provider; what [`signed_paper`] refuses;
/// a rule broken where the award has no complete monitoring plan (R67); [`crate::kernel::Code::WrongState`], also where the
/// last day to accept has passed.
pub fn accept(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardAcceptance) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Accept)?;
    let on = input.accepted_on.unwrap_or_else(|| tx.today());
    rules::not_before("/accepted_on", on, award.standing.offered_on, tx.today())?;
    if scope == Scope::Office {
        rules::by_another(award.standing.offered_by_id, tx.actor().id, "offered this award")?;
    }
    let told = PaperTold { document_id: input.signed_document_id, signed_by: input.signed_by.as_deref() };
    let attested = rules::attested(award.terms.contract, input.attests_living_wage);
    let paper = signed_paper(tx, scope, award.id, told, attested)?;
    if !monitoring::acts::is_ready(tx.conn(), &award)? {
        return Err(rules::no_plan());
    }
    let award = commit(tx, award, input, on, paper)?;
    if award.standing.accepted_on_behalf_by.is_some() {
        let subject = format!("Award {} is accepted on your behalf", award.reference);
        let (reference, title) = (&award.reference, &award.terms.title);
        write_to_provider(tx, &award, (super::RECORD_KIND, award.id), subject, |name| {
            format!(
                "The office has accepted the award {reference}, {title}, for {name}, by the paper that you signed. If that is wrong, tell the office.\n"
            )
        })?;
    }
    Ok(award)
}

/// The acceptance itself, after its checks.
pub(super) fn commit(
    tx: &mut Tx<'_>,
    award: Award,
    input: &AwardAcceptance,
    on: NaiveDate,
    paper: Option<SignedPaper>,
) -> Result<Award, Refusal> {
    for (line, amount) in award.split.clone() {
        transfer(tx, (AccountKind::Offered, award.id), (AccountKind::Committed, award.id), (line, amount), on)?;
    }
    let attested = input.attests_living_wage.then_some(on);
    let mut next =
        Standing { state: AwardState::Live, accepted_on: Some(on), living_wage_attested_on: attested, ..super::next(tx, &award, on) };
    if let Some(SignedPaper { document_id, signed_by, accepted_by }) = paper {
        next.accepted_on_behalf_by = Some(accepted_by);
        next.signed_by = Some(signed_by);
        next.signed_document_id = Some(document_id);
    }
    let award = super::save(tx, award, next)?;
    tx.emit(Event::AwardWentLive { award_id: award.id })?;
    Ok(award)
}

/// Refuses an offered award for its provider: what was offered goes back to where it came from.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`].
pub fn refuse(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardReason) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Refuse)?;
    give_back(tx, award, AwardState::Refused, input)
}

/// Takes back a draft or an offer, for the office.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`].
pub fn withdraw(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardReason) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Withdraw)?;
    give_back(tx, award, AwardState::Withdrawn, input)
}

/// How many offers are looked up at once.
const LOOKED_UP_AT_ONCE: i64 = 100;

/// Some of the offers after the one `after` whose last day to accept has passed, by id; none where there are no more.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn overdue(conn: &mut Conn, today: NaiveDate, after: Option<Id>) -> Result<Vec<Id>, Refusal> {
    store::overdue(conn, today, after, LOOKED_UP_AT_ONCE)
}

/// Releases the money of an offer whose last day to accept has passed, and says whether it still stood open. It is shown as lapsed from
/// the day after that day, so its money is released with effect from then, whenever the worker comes to it.
///
/// # Errors
/// [`Refusal::NotFound`]; whatever the ledger refuses.
pub fn lapse(tx: &mut Tx<'_>, id: Id) -> Result<bool, Refusal> {
    let award = super::get(tx.conn(), Scope::Office, id)?;
    let due = award.standing.acceptance_due_on;
    let is_over = rules::shown_state(award.state(), due, tx.today()) == AwardState::Lapsed;
    if award.state() != AwardState::Offered || !is_over {
        return Ok(false);
    }
    let (period, today) = (award.terms.fund_period_id, tx.today());
    let lapsed_on = due.and_then(|due| due.succ_opt()).unwrap_or(today);
    let open = locks::open_day(tx.conn(), period, lapsed_on)?;
    // Where the year was closed meanwhile, the money comes back on the first day after it, once that is there.
    if open > today {
        return Ok(false);
    }
    let input = AwardReason { reason: "not accepted in time".to_owned(), effective_on: Some(open) };
    give_back(tx, award, AwardState::Lapsed, &input)?;
    if open > lapsed_on {
        locks::refer(tx, period, (AccountKind::Offered, id), &format!("The offer lapsed on {lapsed_on}, in the closed year."))?;
    }
    Ok(true)
}

pub(super) fn give_back(tx: &mut Tx<'_>, award: Award, state: AwardState, input: &AwardReason) -> Result<Award, Refusal> {
    let on = input.effective_on.unwrap_or_else(|| tx.today());
    rules::not_before("/effective_on", on, award.standing.offered_on, tx.today())?;
    if award.state() == AwardState::Offered {
        let back = paid_back_to(tx.conn(), &award.terms)?;
        for (line, amount) in award.split.clone() {
            transfer(tx, (AccountKind::Offered, award.id), back, (line, amount), on)?;
            budget_lines::cover_shortfall(tx, line, on)?;
        }
    }
    let next = Standing { state, reason: Some(input.reason.clone()), ..super::next(tx, &award, on) };
    super::save(tx, award, next)
}
