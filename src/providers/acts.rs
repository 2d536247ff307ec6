//! What the office does with organisations.

use serde_json::json;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::kernel::{Code, Id, Page, PageRequest, Provenance, Refusal};
use crate::providers::rules::consortium::{self, MemberInput};
use crate::providers::rules::{self, Provider, ProviderFilter, ProviderInput, Surroundings, evidence};
use crate::providers::store;
use crate::store::{Conn, Tx};

/// The organisation as it is now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<Provider, Refusal> {
    let gone = || Refusal::NotFound("provider");
    if !scope.holds(Some(id)) {
        return Err(gone());
    }
    let version = store::version_now(conn, id)?.ok_or_else(gone)?;
    store::load(conn, &[(id, version)])?.pop().ok_or_else(gone)
}

/// A page of the organisations that this caller sees.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, scope: Scope, filter: &ProviderFilter, page: &PageRequest) -> Result<Page<Provider>, Refusal> {
    store::page(conn, scope, filter, page)
}

/// A page of the versions of an organisation, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such organisation for this caller.
pub fn history(conn: &mut Conn, scope: Scope, id: Id, page: &PageRequest) -> Result<Page<Provider>, Refusal> {
    get(conn, scope, id)?;
    store::history(conn, id, page)
}

/// Adds an organisation.
///
/// # Errors
/// Every fault of the input; `taken` where its reference, charity number or company number belongs to another one.
pub fn create(tx: &mut Tx<'_>, input: &ProviderInput, provenance: &Provenance) -> Result<Provider, Refusal> {
    let mut facts = checked(tx, input, provenance, None)?;
    let id = tx.new_id();
    refuse_taken(tx, id, &facts, true)?;
    if facts.reference.is_none() {
        facts.reference = Some(next_reference(tx)?);
    }
    let new = Provider { id, version: 1, recorded_at: tx.recorded_at(), facts, provenance: provenance.clone(), members: Vec::new() };
    store::insert(tx.conn(), &new)?;
    log(tx, None, &new)?;
    Ok(new)
}

/// Changes what the office says of an organisation.
///
/// # Errors
/// [`Refusal::Stale`] where `version` is not the current one; otherwise as for [`create`].
pub fn change(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &ProviderInput) -> Result<Provider, Refusal> {
    let before = at_version(tx, scope, id, version)?;
    let provenance = evidence::after_change(&before.provenance, &before.facts, input)?;
    save(tx, before, input, &provenance)
}

/// Puts a later account of the organisation in the place of the one before: what an import does with a second row of one key.
///
/// # Errors
/// As for [`create`].
pub fn restate(tx: &mut Tx<'_>, id: Id, input: &ProviderInput, provenance: &Provenance) -> Result<Provider, Refusal> {
    let before = get(tx.conn(), Scope::Office, id)?;
    // Who belongs to a consortium, and what is not known of it, is told apart.
    let of_members = ["members", "lead"].into_iter().filter(|word| before.provenance.lacks(word));
    let mut provenance = provenance.clone();
    provenance.not_evidenced.0.extend(of_members.map(str::to_owned));
    save(tx, before, input, &provenance)
}

/// Says who belongs to a consortium; the whole list, in the place of the one before. `unknown` names what an import's source does
/// not show of it: `members`, `lead`.
///
/// # Errors
/// [`Refusal::Stale`] where `version` is not the current one; every fault of the list.
pub fn set_members(
    tx: &mut Tx<'_>,
    scope: Scope,
    id: Id,
    version: i32,
    members: &[MemberInput],
    unknown: &[&str],
) -> Result<Provider, Refusal> {
    let before = at_version(tx, scope, id, version)?;
    let named: Vec<Id> = members.iter().map(|member| member.provider_id).collect();
    let known = store::known(tx.conn(), &named)?;
    let memberships = store::memberships(tx.conn())?;
    let lead_unknown = unknown.contains(&"lead");
    let kind = before.facts.kind;
    let around = consortium::Surroundings { consortium: id, kind, known: &known, memberships: &memberships, lead_unknown };
    consortium::check(members, &around)?;
    let mut provenance = evidence::without(&before.provenance, &["members", "member", "lead"]);
    provenance.not_evidenced.0.extend(unknown.iter().map(|one| (*one).to_owned()));
    let next = Provider { members: members.to_vec(), provenance, ..next_version(tx, &before) };
    store::advance(tx.conn(), &next)?;
    log(tx, Some(&before), &next)?;
    Ok(next)
}

fn at_version(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32) -> Result<Provider, Refusal> {
    let current = get(tx.conn(), scope, id)?;
    if current.version == version { Ok(current) } else { Err(Refusal::Stale) }
}

fn next_version(tx: &Tx<'_>, before: &Provider) -> Provider {
    Provider { version: before.version + 1, recorded_at: tx.recorded_at(), ..before.clone() }
}

fn save(tx: &mut Tx<'_>, before: Provider, input: &ProviderInput, provenance: &Provenance) -> Result<Provider, Refusal> {
    let mut facts = checked(tx, input, provenance, Some(&before))?;
    facts.reference.clone_from(&before.facts.reference);
    refuse_taken(tx, before.id, &facts, false)?;
    let next = Provider { facts, provenance: provenance.clone(), ..next_version(tx, &before) };
    store::advance(tx.conn(), &next)?;
    log(tx, Some(&before), &next)?;
    Ok(next)
}

/// The input in its one spelling, with every fault of its own and every area that is not there.
fn checked(tx: &mut Tx<'_>, input: &ProviderInput, provenance: &Provenance, before: Option<&Provider>) -> Result<ProviderInput, Refusal> {
    let named: Vec<Id> = input.area_ids.iter().copied().chain(input.home_area_id).collect();
    let areas = store::known_areas(tx.conn(), &named)?;
    rules::checked(input, &Surroundings { provenance, areas: &areas, before })
}

/// Charity and company numbers belong to one organisation each. Checked in the act's own serialisable transaction, so that two
/// acts at the same time cannot both pass.
fn refuse_taken(tx: &mut Tx<'_>, id: Id, facts: &ProviderInput, is_new: bool) -> Result<(), Refusal> {
    let (charity, company) = (facts.charity_number.as_deref(), facts.company_number.as_deref());
    let others = store::numbers_of_others(tx.conn(), id, charity, company)?;
    let mut taken = Vec::new();
    if let Some(reference) = facts.reference.as_deref().filter(|_| is_new)
        && store::has_reference(tx.conn(), reference)?
    {
        taken.push(("reference", format!("The reference {reference} is taken by another provider.")));
    }
    for (holder, their_charity, their_company) in &others {
        if charity.is_some() && their_charity.as_deref() == charity {
            taken.push(("charity_number", format!("The charity number {} belongs to {holder}.", charity.unwrap_or_default())));
        }
        if company.is_some() && their_company.as_deref() == company {
            taken.push(("company_number", format!("The company number {} belongs to {holder}.", company.unwrap_or_default())));
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    let fields: Vec<&str> = taken.iter().map(|(field, _)| *field).collect();
    let detail: Vec<&str> = taken.iter().map(|(_, sentence)| sentence.as_str()).collect();
    Err(Refusal::rule_with(Code::Taken, detail.join(" "), json!({ "fields": fields })))
}

/// The next free `PRV-0001`.
fn next_reference(tx: &mut Tx<'_>) -> Result<String, Refusal> {
    let mut number = store::count(tx.conn())? + 1;
    loop {
        let reference = format!("PRV-{number:04}");
        if !store::has_reference(tx.conn(), &reference)? {
            return Ok(reference);
        }
        number += 1;
    }
}

fn log(tx: &mut Tx<'_>, before: Option<&Provider>, after: &Provider) -> Result<(), Refusal> {
    let json = |one: &Provider| serde_json::to_value(one).map_err(Refusal::broken);
    let before = before.map(json).transpose()?.unwrap_or_default();
    let entry = Entry { record_kind: "provider", record_id: after.id, before, after: json(after)?, reason: None };
    audit::record(tx, entry)?;
    Ok(())
}
