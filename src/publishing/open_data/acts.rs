//! Gathering what everybody may see.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::access::Scope;
use crate::documents::{self, DocumentView};
use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::open_data::notices::acts::{self as notices, Notice};
use crate::publishing::open_data::policy::acts as policy;
use crate::publishing::open_data::policy::rules::OpenDataPolicy;
use crate::publishing::open_data::records::store as records;
use crate::publishing::open_data::redactions::acts as redactions;
use crate::publishing::open_data::redactions::rules::{RedactedField, Redactions};
use crate::publishing::open_data::rules::entry::{Added, AwardFacts, Entry};
use crate::publishing::open_data::rules::month::Month;
use crate::publishing::open_data::rules::party::{hides_copy, is_copy_outdated, party_on, told};
use crate::publishing::open_data::store;
use crate::store::Conn;

pub use store::{PaidRow, RoundRow};

/// What is published, loaded once for all that an answer is made of.
#[derive(Debug, Clone)]
pub struct Published {
    /// Under which name and licence.
    pub policy: OpenDataPolicy,
    /// All awards, by reference.
    pub entries: Vec<Entry>,
    redactions: Redactions,
}

/// What is published today.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn published(conn: &mut Conn, today: NaiveDate) -> Result<Published, Refusal> {
    let (policy, redactions) = (policy(conn)?, redactions::in_force(conn, today)?);
    let entries = facts(conn)?.into_iter().map(|facts| Entry::of(facts, &redactions)).collect();
    Ok(Published { policy, entries, redactions })
}

/// Under which name and licence it is published.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn policy(conn: &mut Conn) -> Result<OpenDataPolicy, Refusal> {
    policy::get(conn).map(|found| found.policy)
}

/// All awards that are published, by reference, as the office sees them: with nothing redacted but the copies of contracts.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn entries_for_officers(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Entry>, Refusal> {
    let (redactions, none) = (redactions::in_force(conn, today)?, Redactions::default());
    let turn = |facts: AwardFacts| {
        let (id, providers, title) = (facts.award_id, facts.providers(), facts.title.clone());
        let hides_copy = hides_copy(id, &providers, &redactions);
        let is_outdated = is_copy_outdated((id, facts.publication.copy_named_at), &providers, &redactions);
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

/// A payment as everybody may see it.
#[derive(Debug, Clone)]
pub struct PublicPayment<'a> {
    pub paid: PaidRow,
    pub entry: &'a Entry,
    /// Who was paid, as the public reads it.
    pub recipient: String,
    pub redacted: Vec<String>,
    /// When what is said here changed the last time.
    pub changed_at: Moment,
}

/// The extract of a month, or of the last one with a payment: each payment with who was paid, who need not be party any more.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn public_spend<'a>(
    conn: &mut Conn,
    published: &'a Published,
    month: Option<Month>,
) -> Result<(Option<Month>, Vec<PublicPayment<'a>>), Refusal> {
    let entries = published.entries.iter().filter(|entry| entry.may_be_in_extract());
    let entries: HashMap<Id, &Entry> = entries.map(|entry| (entry.award_id, entry)).collect();
    let month = match month {
        Some(month) => Some(month),
        None => last_month(conn, &entries)?,
    };
    let paid = month.map(|month| spend(conn, month)).transpose()?.unwrap_or_default();
    let ids: HashSet<Id> = paid.iter().map(|paid| paid.provider_id).collect();
    let called = store::called(conn, &ids.into_iter().collect::<Vec<Id>>())?;
    let turn = |paid: PaidRow| {
        let (entry, (name, provider_changed_at)) = (*entries.get(&paid.award_id)?, called.get(&paid.provider_id)?);
        let (recipient, redacted) = told(entry, (paid.provider_id, name.as_str()), &published.redactions);
        let moments = [Some(entry.modified_at), *provider_changed_at, published.redactions.changed.get(&paid.provider_id).copied()];
        let changed_at = moments.into_iter().flatten().fold(paid.recorded_at, Moment::max);
        Some(PublicPayment { paid, entry, recipient, redacted, changed_at })
    };
    Ok((month, paid.into_iter().filter_map(turn).collect()))
}

/// The last month with a payment of one of these awards for the extract.
fn last_month(conn: &mut Conn, entries: &HashMap<Id, &Entry>) -> Result<Option<Month>, Refusal> {
    let days = store::paid_days(conn)?;
    Ok(days.into_iter().find(|(award, _)| entries.contains_key(award)).and_then(|(_, day)| day).map(Month::of))
}

/// A funding round as everybody may see it, with its fields out of which a name was taken.
#[derive(Debug, Clone)]
pub struct PublicRound {
    pub round: RoundRow,
    pub redacted: Vec<String>,
    /// When what is said here changed the last time, a redaction of what it names included.
    pub changed_at: Moment,
}

/// Funding rounds that take applications today, and when that list changed the last time: a round that closes changes it too.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn open_rounds(conn: &mut Conn, today: NaiveDate) -> Result<(Vec<PublicRound>, Option<Moment>), Refusal> {
    let redactions = redactions::in_force(conn, today)?;
    let began = |day: Option<NaiveDate>| day.filter(|day| *day <= today).map(Moment::start_of);
    let opened = store::rounds_opened(conn)?.into_iter();
    let changed = opened.flat_map(|(at, opens, closes)| [Some(at), began(opens), began(closes.and_then(|day| day.succ_opt()))]);
    let changed = changed.flatten().max();
    let shown = |mut round: RoundRow| {
        let texts = [Some(round.name.as_str()), Some(round.fund_name.as_str()), round.criteria.as_deref()];
        let changed_at = redactions.moved_by(texts.into_iter().flatten()).into_iter().fold(round.recorded_at, Moment::max);
        let mut redacted = Vec::new();
        let mut clean = |word: &str, text: &str| {
            let shown = redactions.without_names(text);
            redacted.extend((shown != text).then(|| word.to_owned()));
            shown
        };
        round.name = clean("name", &round.name);
        round.fund_name = clean("fund_name", &round.fund_name);
        round.criteria = round.criteria.as_deref().map(|text| clean("criteria", text));
        PublicRound { round, redacted, changed_at }
    };
    let all: Vec<PublicRound> = store::open_rounds(conn, today)?.into_iter().map(shown).collect();
    let changed = all.iter().map(|one| one.changed_at).max().max(changed);
    Ok((all, changed))
}

/// A notice as everybody may see it, with the award that it is of and its fields that are redacted.
#[derive(Debug, Clone)]
pub struct PublicNotice {
    pub notice: Notice,
    pub award: Entry,
    /// Who was party on the day of the decision, as the public reads it.
    pub recipient: String,
    /// When what is said here changed the last time.
    pub changed_at: Moment,
    pub redacted: Vec<String>,
}

/// Notices that are published, the one published last first, and when that list changed the last time: a notice that is withdrawn changes it too. One of an
/// award that is not published itself is left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn notices(conn: &mut Conn, published: &Published) -> Result<(Vec<PublicNotice>, Option<Moment>), Refusal> {
    let awards: HashMap<Id, &Entry> = published.entries.iter().map(|entry| (entry.award_id, entry)).collect();
    let gone = store::withdrawn_notices(conn)?.into_iter().filter(|(award, _)| awards.contains_key(award)).map(|(_, at)| at).max();
    let with_party = |notice: Notice| {
        let entry = *awards.get(&notice.1.award_id)?;
        Some((entry, party_on(&entry.parties, notice.1.decided_on).unwrap_or(entry.provider_id), notice))
    };
    let all: Vec<(&Entry, Id, Notice)> = notices::public(conn)?.into_iter().filter_map(with_party).collect();
    let ids: HashSet<Id> = all.iter().map(|(_, provider, _)| *provider).collect();
    let called = store::called(conn, &ids.into_iter().collect::<Vec<Id>>())?;
    let turn = |(entry, provider, notice): (&Entry, Id, Notice)| {
        let (name, changed_at) = called.get(&provider)?;
        Some(shown(entry, (provider, name.as_str(), *changed_at), notice, &published.redactions))
    };
    let all: Vec<PublicNotice> = all.into_iter().filter_map(turn).collect();
    let changed = all.iter().map(|one| one.changed_at).max().max(gone);
    Ok((all, changed))
}

fn shown(
    award: &Entry,
    (provider, name, provider_changed_at): (Id, &str, Option<Moment>),
    (reference, mut row): Notice,
    redactions: &Redactions,
) -> PublicNotice {
    use RedactedField as F;
    let id = row.notice_id;
    let texts = [&row.title, &row.decision, &row.reasons, &row.approver].map(String::as_str);
    let moments = [
        Some(award.modified_at),
        provider_changed_at,
        redactions.changed.get(&provider).copied(),
        redactions.changed.get(&id).copied(),
        redactions.moved_by(texts.into_iter()),
    ];
    let changed_at = moments.into_iter().flatten().fold(row.recorded_at, Moment::max);
    // Who received the award stands in a notice too.
    let (recipient, words) = told(award, (provider, name), redactions);
    let mut redacted: Vec<String> = words.into_iter().filter(|word| ["recipient", "recipient_name"].contains(&word.as_str())).collect();
    let mut clean = |field: F, text: &str| {
        let shown = redactions.text(award.award_id, (id, field), text);
        redacted.extend((shown != text).then(|| field.word().to_owned()));
        shown
    };
    row.title = clean(F::Title, &row.title);
    row.decision = clean(F::Decision, &row.decision);
    row.reasons = clean(F::Reasons, &row.reasons);
    row.approver = clean(F::Approver, &row.approver);
    redacted.sort();
    PublicNotice { notice: (reference, row), award: award.clone(), recipient, changed_at, redacted }
}

/// The copy of a contract, and the contract's reference. It asks for this one award alone.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for the public.
pub fn contract_copy(conn: &mut Conn, today: NaiveDate, award_id: Id) -> Result<(DocumentView, String), Refusal> {
    let missing = || Refusal::NotFound("contract");
    let reference = store::contract(conn, award_id)?.ok_or_else(missing)?;
    let document = records::latest(conn, award_id)?.input.contract_document_id.ok_or_else(missing)?;
    let parties = store::parties(conn, Some(award_id))?.remove(&award_id).unwrap_or_default();
    let providers: Vec<Id> = parties.into_iter().map(|party| party.provider_id).collect();
    let named_at = records::copy_named(conn, award_id, document)?;
    let redactions = redactions::in_force(conn, today)?;
    let is_kept_back = hides_copy(award_id, &providers, &redactions) || is_copy_outdated((award_id, named_at), &providers, &redactions);
    if is_kept_back || !store::fetchable(conn, &[document])?.contains(&document) {
        return Err(missing());
    }
    Ok((documents::get(conn, Scope::Office, document)?, reference))
}
