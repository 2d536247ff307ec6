//! What is done to awards: one function an act.

mod check;
mod draft;
mod hindered;
mod import;
mod life;
mod looked;
mod novate;
mod offer;
mod on_behalf;
mod policy;
mod terms;

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::Value;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::rules::{self, AwardAct, AwardInput, AwardState, QuarterAmount};
use crate::awards::store::{self, Award, Standing, TermsVersion};
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::search::search_pattern;
use crate::store::{Conn, Tx};

pub use crate::awards::store::{AwardFilter, YearFacts};
pub use draft::{create, edit, next_year, set_profile};
pub use hindered::hindered;
pub use import::{ImportedAward, import_award, kept, lead_on, restate};
pub use life::{
    AwardClosure, AwardDelivery, AwardEnd, AwardPause, AwardResumption, AwardTermination, agreed_from, all_agreed_from, close, deliver,
    deliver_now, end, pause, resume, terminate,
};
pub use looked::Looked;
pub use novate::{Novable, Novated, Novating, Party, novable, novate};
pub use offer::{
    AwardAcceptance, AwardOffer, AwardReason, ProviderLetter, accept, addresses, lapse, letter_of_offer, offer, overdue, refuse, withdraw,
    write_to_provider, write_to_providers,
};
pub use on_behalf::signed_paper;
pub use policy::{agreement_policy, import_policy, set_policy};
pub use terms::{TermsChange, apply_terms, faults_of_change, terms_after};

/// The kind of record that an award is, in the log and beside its files.
pub const RECORD_KIND: &str = "award";

/// The award as it stands now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller; a provider sees its own, from the offer on.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<Award, Refusal> {
    let award = store::find(conn, id)?.ok_or(Refusal::NotFound("award"))?;
    let is_seen = scope == Scope::Office || (scope.holds(award.terms.provider_id) && award.is_shown_to_provider());
    if is_seen { Ok(award) } else { Err(Refusal::NotFound("award")) }
}

/// What a caller reads of an award.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The award: as it stands now, or for a provider that was party to it until a novation, as it stood then.
    pub award: Award,
    /// Until when this caller was party to it; nothing for its parties of today and the office.
    pub until: Option<Until>,
}

/// Until when a provider was party to an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Until {
    /// The first day on which another provider was.
    pub day: NaiveDate,
    /// The moment at which that became known.
    pub recorded_at: Moment,
}

/// The award as this caller may read it. Nothing can be done to an award by whoever was party to it: acts go by [`get`].
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller; a provider sees its own, from the offer on, and what was its own until it
/// passed to a successor.
pub fn seen(conn: &mut Conn, scope: Scope, id: Id) -> Result<Seen, Refusal> {
    match (get(conn, scope, id), scope) {
        (Err(Refusal::NotFound(_)), Scope::Provider(own)) => {
            let former = store::former(conn, id, own)?.ok_or(Refusal::NotFound("award"))?;
            let award = store::find_at(conn, id, former.version)?.ok_or(Refusal::NotFound("award"))?;
            Ok(Seen { award, until: Some(Until { day: former.until_on, recorded_at: former.recorded_at }) })
        }
        (found, _) => Ok(Seen { award: found?, until: None }),
    }
}

/// A page of the awards that this caller may see, by reference.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, scope: Scope, filter: &AwardFilter, today: NaiveDate, page: &PageRequest) -> Result<Page<Award>, Refusal> {
    store::page(conn, scope, filter, today, page)
}

/// The awards whose reference, title, category or theme hold these words, at most so many.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn found(conn: &mut Conn, scope: Scope, words: &str, today: NaiveDate, most: usize) -> Result<Vec<Id>, Refusal> {
    let filter = AwardFilter { search: Some(search_pattern(words)), ..AwardFilter::default() };
    let page = store::page(conn, scope, &filter, today, &PageRequest { limit: most, cursor: None, scan: String::new() })?;
    Ok(page.items.into_iter().map(|one| one.id).collect())
}

/// The awards that a filter finds, by reference, at most so many.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn chosen(conn: &mut Conn, filter: &AwardFilter, today: NaiveDate, most: usize) -> Result<Vec<Id>, Refusal> {
    let page = store::page(conn, Scope::Office, filter, today, &PageRequest { limit: most, cursor: None, scan: String::new() })?;
    Ok(page.items.into_iter().map(|one| one.id).collect())
}

/// How many awards a filter finds.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn count(conn: &mut Conn, filter: &AwardFilter, today: NaiveDate) -> Result<i64, Refusal> {
    store::count(conn, filter, today)
}

/// The awards among `ids` by id, as other records show them: by reference and title.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}

/// The awards that have these references, by reference.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn referenced(conn: &mut Conn, references: &[String]) -> Result<HashMap<String, Id>, Refusal> {
    store::referenced(conn, references)
}

/// What each of these awards is for, where that is known.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn amounts(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Pence>, Refusal> {
    store::amounts(conn, ids)
}

/// The day on which each of these awards was accepted, where that is known.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn acceptances(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    store::acceptances(conn, ids)
}

/// What the end of a year that is cut off on a day must know of these awards, by id.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn year_facts(conn: &mut Conn, ids: &[Id], as_at: NaiveDate) -> Result<HashMap<Id, YearFacts>, Refusal> {
    store::year_facts(conn, ids, as_at)
}

/// The awards that a fund pays.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_fund(conn: &mut Conn, fund_id: Id) -> Result<Vec<Id>, Refusal> {
    store::of_fund(conn, fund_id)
}

/// Whether an award is live or paused, so that it can be varied.
///
/// # Errors
/// [`Refusal::NotFound`] without such an award.
pub fn is_under_way(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(rules::allowed(AwardAct::Vary, get(conn, Scope::Office, id)?.state()).is_ok())
}

/// The body that was party to an agreement on a day.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn body_on(conn: &mut Conn, id: Id, day: NaiveDate) -> Result<Option<Id>, Refusal> {
    store::body_on(conn, id, day)
}

/// The awards that are parts of this one, and the parts of those: each part with its whole.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn parts(conn: &mut Conn, id: Id) -> Result<Vec<(Id, Id)>, Refusal> {
    parts_of(conn, &[id])
}

/// The same of several awards.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn parts_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, Id)>, Refusal> {
    let (mut all, mut wholes): (Vec<(Id, Id)>, Vec<Id>) = (Vec::new(), ids.to_vec());
    while !wholes.is_empty() {
        let mut found = store::parts(conn, &wholes)?;
        // An award that names its own part as its whole ends the search.
        found.retain(|(part, _)| !ids.contains(part) && all.iter().all(|(known, _)| known != part));
        wholes = found.iter().map(|(part, _)| *part).collect();
        all.append(&mut found);
    }
    Ok(all)
}

/// What an award is worth: what was agreed or, once it is closed, what stays with it. Nothing is known of an amount that no paper prints.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn worth(conn: &mut Conn, award: &Award) -> Result<Option<Pence>, Refusal> {
    if award.state() != AwardState::Closed || award.terms.component_of.is_some() || award.terms.amount_pence.is_none() {
        return Ok(award.terms.amount_pence);
    }
    let mut kept = Pence::ZERO;
    for kind in [AccountKind::Committed, AccountKind::Paid] {
        for (_, amount) in ledger::balances(conn, kind, award.id)? {
            kept = kept + amount;
        }
    }
    Ok(Some(kept))
}

/// The award's profile by quarter, as its current terms have it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn profile(conn: &mut Conn, award: &Award) -> Result<Vec<QuarterAmount>, Refusal> {
    store::quarters(conn, (award.id, award.standing.terms_no))
}

/// The awards among `ids` as they stand now, each with its profile, by id: as many questions are asked for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn all_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Award>, Refusal> {
    store::find_all(conn, ids)
}

/// Which body is party to each of these agreements on a day, where one is.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn bodies_on(conn: &mut Conn, ids: &[Id], day: NaiveDate) -> Result<HashMap<Id, Id>, Refusal> {
    store::bodies_on(conn, ids, day)
}

/// The versions of the agreement that this caller may see, the first one first.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such award for this caller.
pub fn versions(conn: &mut Conn, scope: Scope, id: Id, page: &PageRequest) -> Result<Page<TermsVersion>, Refusal> {
    let Seen { award, until } = seen(conn, scope, id)?;
    let last = until.map_or(i32::MAX, |_| award.standing.terms_no);
    store::versions(conn, id, (first_seen(scope, &award), last), page)
}

/// One version of the agreement, readable for ever.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none with this number for this caller.
pub fn version(conn: &mut Conn, scope: Scope, id: Id, terms_no: i32) -> Result<(Award, TermsVersion), Refusal> {
    let Seen { award, until } = seen(conn, scope, id)?;
    let is_seen = terms_no >= first_seen(scope, &award) && (until.is_none() || terms_no <= award.standing.terms_no);
    let found = if is_seen { store::terms_at(conn, id, terms_no)? } else { None };
    Ok((award, found.ok_or(Refusal::NotFound("version"))?))
}

fn first_seen(scope: Scope, award: &Award) -> i32 {
    if scope == Scope::Office { 1 } else { award.standing.offered_terms_no.unwrap_or(1) }
}

/// The award, ready for `act` by a caller who read it as `version`.
pub(in crate::awards) fn open(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, act: AwardAct) -> Result<Award, Refusal> {
    let award = get(tx.conn(), scope, id)?;
    if award.version != version {
        return Err(Refusal::Stale);
    }
    let today = tx.today();
    rules::allowed(act, rules::shown_state(award.state(), award.standing.acceptance_due_on, today))?;
    Ok(award)
}

/// The next version of the award's standing, in effect from `effective_on`.
pub(in crate::awards) fn next(tx: &Tx<'_>, award: &Award, effective_on: NaiveDate) -> Standing {
    Standing { version: award.version + 1, recorded_at: tx.recorded_at(), effective_on, reason: None, ..award.standing.clone() }
}

/// Writes the next version and its event.
pub(in crate::awards) fn save(tx: &mut Tx<'_>, before: Award, next: Standing) -> Result<Award, Refusal> {
    store::advance(tx.conn(), &next)?;
    let reason = next.reason.clone();
    let entry = Entry { record_kind: "award", record_id: before.id, before: json(&before.standing)?, after: json(&next)?, reason };
    audit::record(tx, entry)?;
    let forward_pence = if next.state.is_done_with() { Pence::ZERO } else { before.forward_pence };
    Ok(Award { version: next.version, standing: next, forward_pence, ..before })
}

/// Where an award stands and what it commits to, whole, for the log (R83); a split that is not settled yet as it was asked for.
fn whole(standing: &Standing, terms: &AwardInput, split: &[(Id, Pence)]) -> Result<Value, Refusal> {
    let split = if split.is_empty() { terms.split.clone() } else { rules::split_lines(split) };
    // The log is kept for good, so it does without who answers for a provider.
    let particulars = terms.particulars.as_ref().map(rules::AwardParticulars::for_log);
    let terms = AwardInput { split, particulars, ..terms.clone() };
    Ok(serde_json::json!({ "standing": json(standing)?, "terms": json(&terms)? }))
}

pub(in crate::awards) fn json<T: serde::Serialize>(value: &T) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(Refusal::broken)
}

/// Whose account pays the award: its tranche's, its earmark's, or the fund period's.
#[must_use]
pub fn payer(terms: &AwardInput) -> (AccountKind, Id) {
    match (terms.tranche_id, terms.earmark_id) {
        (Some(tranche), _) => (AccountKind::Tranche, tranche),
        (None, Some(earmark)) => (AccountKind::Earmark, earmark),
        (None, None) => (AccountKind::FundPeriod, terms.fund_period_id),
    }
}
