//! Redacting fields and lifting that.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::kernel::{Code, Id, Page, PageRequest, Refusal};
use crate::providers;
use crate::publishing::open_data::notices::acts as notices;
use crate::publishing::open_data::redactions::rules::names::Names;
use crate::publishing::open_data::redactions::rules::{self, FieldRedactionInput, RedactedField as F, RedactedKind, Redactions};
use crate::publishing::open_data::redactions::store::{self, Known, LiftRow, RedactionRow};
use crate::store::{Conn, Tx};

/// What kind of record a redaction is.
const RECORD_KIND: &str = "redaction";

/// A redaction, and that it was lifted where it was.
pub type Redaction = store::Both;

/// What is redacted on a day.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn in_force(conn: &mut Conn, today: NaiveDate) -> Result<Redactions, Refusal> {
    let mut found = Redactions::default();
    for told in store::all(conn)? {
        found.add(told, today);
    }
    let with = |field| found.fields.iter().filter(move |(_, one)| *one == field).map(|(record, _)| *record).collect::<HashSet<Id>>();
    let (named, charities, companies) = (with(F::Name), with(F::CharityNumber), with(F::CompanyNumber));
    let recipients = store::recipients(conn, with(F::Recipient).into_iter().collect())?;
    let of_awards: HashSet<Id> = recipients.iter().map(|(_, provider)| *provider).collect();
    // Those of lifted redactions too, which changed what is shown as well.
    let providers: HashSet<Id> = found.told.keys().map(|(provider, _)| *provider).chain(of_awards).collect();
    let mut names: HashMap<Id, Names> = HashMap::new();
    let all = store::names(conn, providers.into_iter().collect())?;
    found.moved = found.told.iter().map(|(of, at)| (names_of(*of, &all), *at)).collect();
    for (provider, known) in all {
        let mut hide = |text: &str, of_number: &HashSet<Id>| {
            names.entry(provider).or_default().add(text);
            if named.contains(&provider) || of_number.contains(&provider) {
                found.names.add(text);
            }
        };
        match known {
            Known::Name(name) => hide(&name, &named),
            Known::CharityNumber(number) => {
                // A branch's number is also shown without what stands behind its stroke.
                hide(number.split('-').next().unwrap_or(&number), &charities);
                hide(&number, &charities);
            }
            Known::CompanyNumber(number) => hide(&number, &companies),
        }
    }
    for (award, provider) in recipients {
        let Some(own) = names.get(&provider) else { continue };
        let all = found.of_awards.get(&award).unwrap_or(&found.names).with(own);
        found.of_awards.insert(award, all);
    }
    Ok(found)
}

/// What the redaction of a field of a provider takes out of texts.
fn names_of((provider, field): (Id, F), all: &[(Id, Known)]) -> Names {
    let mut names = Names::default();
    for (_, known) in all.iter().filter(|(id, _)| *id == provider) {
        match known {
            Known::Name(name) if field == F::Name => names.add(name),
            Known::CharityNumber(number) if field != F::CompanyNumber => {
                names.add(number.split('-').next().unwrap_or(number));
                names.add(number);
            }
            Known::CompanyNumber(number) if field != F::CharityNumber => names.add(number),
            _ => {}
        }
    }
    names
}

/// A redaction.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn get(conn: &mut Conn, id: Id) -> Result<Redaction, Refusal> {
    store::find(conn, id)?.ok_or(Refusal::NotFound("redaction"))
}

/// A page of redactions, the newest first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn page(conn: &mut Conn, record_id: Option<Id>, request: &PageRequest) -> Result<Page<Redaction>, Refusal> {
    store::page(conn, record_id, request)
}

fn exists(conn: &mut Conn, kind: RedactedKind, id: Id) -> Result<bool, Refusal> {
    let found = match kind {
        RedactedKind::Provider => return providers::exists(conn, id),
        RedactedKind::Award => awards::get(conn, Scope::Office, id).map(drop),
        RedactedKind::DecisionNotice => notices::get(conn, id).map(drop),
    };
    match found {
        Ok(()) => Ok(true),
        Err(Refusal::NotFound(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Redacts a field in every output.
///
/// # Errors
/// Every fault of the input; [`Code::Taken`] where the field is redacted already.
pub fn redact(tx: &mut Tx<'_>, input: &FieldRedactionInput) -> Result<Redaction, Refusal> {
    let today = tx.today();
    let mut faults = rules::faults(input, today);
    let is_there = exists(tx.conn(), input.record_kind, input.record_id)?;
    faults.require(is_there, "/record_id", "unknown_record", "There is no such record of this kind.");
    faults.into_result()?;
    // One from a later day on does not keep it shown until then.
    if store::stands(tx.conn(), input.record_id, input.field, input.starts_on.unwrap_or(today))? {
        return Err(Refusal::rule(Code::Taken, "This field is redacted already. Lift that redaction first to say something else of it."));
    }
    let actor = tx.actor().clone();
    let row = RedactionRow {
        id: tx.new_id(),
        recorded_at: tx.recorded_at(),
        record_kind: input.record_kind,
        record_id: input.record_id,
        field: input.field,
        reason: input.reason.clone(),
        starts_on: input.starts_on.unwrap_or(today),
        redacted_by_id: actor.id,
        redacted_by: actor.name,
    };
    store::insert(tx.conn(), &row)?;
    let after = json!({ "record_kind": row.record_kind, "record_id": row.record_id, "field": row.field, "starts_on": row.starts_on });
    let reason = Some(row.reason.clone());
    audit::record(tx, Entry { record_kind: RECORD_KIND, record_id: row.id, before: Value::Null, after, reason })?;
    Ok((row, None))
}

/// Lifts a redaction: the field is shown again.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; it was lifted already; every fault of the reason.
pub fn lift(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Redaction, Refusal> {
    let (row, lifted) = get(tx.conn(), id)?;
    if version != version_of(lifted.as_ref()) {
        return Err(Refusal::Stale);
    }
    if lifted.is_some() {
        return Err(Refusal::wrong_state("redaction", "lifted", "lifted"));
    }
    rules::faults_of("/reason", reason).into_result()?;
    let actor = tx.actor().clone();
    let own = LiftRow {
        redaction_id: id,
        recorded_at: tx.recorded_at(),
        lifted_on: tx.today(),
        lifted_by_id: actor.id,
        lifted_by: actor.name,
        reason: reason.to_owned(),
    };
    store::insert_lift(tx.conn(), &own)?;
    let before = json!({ "record_kind": row.record_kind, "record_id": row.record_id, "field": row.field });
    let after = json!({ "lifted_on": own.lifted_on });
    audit::record(tx, Entry { record_kind: RECORD_KIND, record_id: id, before, after, reason: Some(own.reason.clone()) })?;
    Ok((row, Some(own)))
}

/// The version of a redaction: being lifted is the one thing that happens to it.
#[must_use]
pub const fn version_of(lifted: Option<&LiftRow>) -> i32 {
    if lifted.is_some() { 2 } else { 1 }
}
