//! Gathering what everybody may see.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::access::Scope;
use crate::documents::{self, DocumentView};
use crate::kernel::{Id, Refusal};
use crate::publishing::open_data::notices::acts::{self as notices, Notice};
use crate::publishing::open_data::policy::acts as policy;
use crate::publishing::open_data::policy::rules::OpenDataPolicy;
use crate::publishing::open_data::records::store as records;
use crate::publishing::open_data::redactions::acts as redactions;
use crate::publishing::open_data::redactions::rules::{RedactedField, Redactions};
use crate::publishing::open_data::rules::entry::{Added, AwardFacts, Entry, hides_copy, is_copy_outdated};
use crate::publishing::open_data::rules::month::Month;
use crate::publishing::open_data::store;
use crate::store::Conn;

pub use store::{PaidRow, RoundRow};

/// Under which name and licence it is published.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn policy(conn: &mut Conn) -> Result<OpenDataPolicy, Refusal> {
    policy::get(conn).map(|found| found.policy)
}

/// All awards that are published, by reference.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn entries(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Entry>, Refusal> {
    let redactions = redactions::in_force(conn, today)?;
    entries_without(conn, &redactions)
}

fn entries_without(conn: &mut Conn, redactions: &Redactions) -> Result<Vec<Entry>, Refusal> {
    Ok(facts(conn)?.into_iter().map(|facts| Entry::of(facts, redactions)).collect())
}

/// The same as the office sees them, with nothing redacted but the copies of contracts.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn entries_for_officers(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Entry>, Refusal> {
    let (redactions, none) = (redactions::in_force(conn, today)?, Redactions::default());
    let turn = |facts: AwardFacts| {
        let (hides_copy, is_outdated, title) =
            (hides_copy(&facts, &redactions), is_copy_outdated(&facts, &redactions), facts.title.clone());
        let entry = Entry::of(facts, &none);
        // A copy from before a redaction is as good as none: another one is to be named.
        Entry { title, hides_copy, contract_document_id: entry.contract_document_id.filter(|_| !is_outdated), ..entry }
    };
    Ok(facts(conn)?.into_iter().map(turn).collect())
}

/// What is known of the awards that are published, with what is added to them.
fn facts(conn: &mut Conn) -> Result<Vec<AwardFacts>, Refusal> {
    let mut added = records::all(conn)?;
    let copies: Vec<Id> = added.values().filter_map(|one| one.input.contract_document_id).collect();
    let there = store::fetchable(conn, &copies)?;
    let named = records::copies_named(conn)?;
    let mut all = store::facts(conn)?;
    for facts in &mut all {
        let Some(one) = added.remove(&facts.award_id) else { continue };
        facts.publication = Added {
            recorded_at: one.recorded_at,
            purpose: one.input.purpose,
            reasons: one.input.reasons,
            value_for_money_reasons: one.input.value_for_money_reasons,
            contract_document_id: one.input.contract_document_id.filter(|id| there.contains(id)),
            copy_named_at: one.input.contract_document_id.and_then(|id| named.get(&(facts.award_id, id)).copied()),
            from_open_call: one.input.from_open_call,
        };
    }
    Ok(all)
}

/// Payments of a month for the extract.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn spend(conn: &mut Conn, month: Month) -> Result<Vec<PaidRow>, Refusal> {
    store::paid_in(conn, month)
}

/// The last month with a payment of one of these awards for the extract.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn last_month(conn: &mut Conn, entries: &HashMap<Id, Entry>) -> Result<Option<Month>, Refusal> {
    let days = store::paid_days(conn)?;
    Ok(days.into_iter().find(|(award, _)| entries.contains_key(award)).and_then(|(_, day)| day).map(Month::of))
}

/// Funding rounds that take applications today.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn open_rounds(conn: &mut Conn, today: NaiveDate) -> Result<Vec<RoundRow>, Refusal> {
    let redactions = redactions::in_force(conn, today)?;
    let mut rounds = store::open_rounds(conn, today)?;
    for round in &mut rounds {
        round.name = redactions.without_names(&round.name);
        round.fund_name = redactions.without_names(&round.fund_name);
        round.criteria = round.criteria.as_deref().map(|text| redactions.without_names(text));
    }
    Ok(rounds)
}

/// A notice as everybody may see it, with the award that it is of and its fields that are redacted.
#[derive(Debug, Clone)]
pub struct PublicNotice {
    pub notice: Notice,
    pub award: Entry,
    pub redacted: Vec<String>,
}

/// Notices that are published, the one published last first. One of an award that is not published itself is left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn notices(conn: &mut Conn, today: NaiveDate) -> Result<Vec<PublicNotice>, Refusal> {
    let redactions = redactions::in_force(conn, today)?;
    let awards: HashMap<Id, Entry> = entries_without(conn, &redactions)?.into_iter().map(|entry| (entry.award_id, entry)).collect();
    let all = notices::public(conn)?.into_iter();
    Ok(all.filter_map(|notice| Some(shown(awards.get(&notice.1.award_id)?, notice, &redactions))).collect())
}

fn shown(award: &Entry, (reference, mut row): Notice, redactions: &Redactions) -> PublicNotice {
    use RedactedField as F;
    let id = row.notice_id;
    row.title = redactions.text(award.award_id, (id, F::Title), &row.title);
    row.decision = redactions.text(award.award_id, (id, F::Decision), &row.decision);
    row.reasons = redactions.text(award.award_id, (id, F::Reasons), &row.reasons);
    row.approver = redactions.text(award.award_id, (id, F::Approver), &row.approver);
    let own = [F::Title, F::Decision, F::Reasons, F::Approver].into_iter().filter(|field| redactions.hides(id, *field));
    let redacted = own.map(|field| field.word().to_owned()).collect();
    PublicNotice { notice: (reference, row), award: award.clone(), redacted }
}

/// The copy of a contract, and the contract's reference.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for the public.
pub fn contract_copy(conn: &mut Conn, today: NaiveDate, award_id: Id) -> Result<(DocumentView, String), Refusal> {
    let missing = Refusal::NotFound("contract");
    let entry = entries(conn, today)?.into_iter().find(|entry| entry.award_id == award_id).ok_or(missing.clone())?;
    let document = entry.contract_document_id.filter(|_| entry.kind == crate::awards::rules::AwardKind::Contract).ok_or(missing)?;
    Ok((documents::get(conn, Scope::Office, document)?, entry.reference))
}
