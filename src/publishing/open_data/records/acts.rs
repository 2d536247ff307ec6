//! Adding to awards what is published of them, and watching what is due.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry as Event};
use crate::awards::Award;
use crate::awards::acts as awards;
use crate::awards::rules::{AwardKind, LegalPower};
use crate::documents;
use crate::kernel::{Faults, Id, Named, Refusal};
use crate::publishing::open_data::acts as open_data;
use crate::publishing::open_data::records::rules::{self, AwardPublicationInput, PublicationGap, PublicationOutput};
use crate::publishing::open_data::records::store::{self, AwardPublication};
use crate::publishing::open_data::rules::entry::Entry;
use crate::publishing::open_data::rules::month::Month;
use crate::store::{Conn, Tx};

/// What kind of record it is.
const RECORD_KIND: &str = "award_publication";

/// An award that is due for publication and lacks something.
#[derive(Debug, Clone)]
pub struct Incomplete {
    pub award: Named,
    pub provider: Named,
    pub outputs: BTreeSet<PublicationOutput>,
    pub gaps: BTreeSet<PublicationGap>,
}

/// What is added to an award, with the award.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn get(conn: &mut Conn, award_id: Id) -> Result<(Award, AwardPublication), Refusal> {
    let award = awards::get(conn, Scope::Office, award_id)?;
    Ok((award, store::latest(conn, award_id)?))
}

/// Changes what is added to an award.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; every fault of the result.
pub fn edit(
    tx: &mut Tx<'_>,
    award_id: Id,
    version: i32,
    change: impl FnOnce(&AwardPublicationInput) -> Result<AwardPublicationInput, Refusal>,
) -> Result<(Award, AwardPublication), Refusal> {
    let (award, before) = get(tx.conn(), award_id)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let input = change(&before.input)?;
    let mut faults = rules::faults(&input);
    if input.contract_document_id != before.input.contract_document_id {
        check_copy(tx.conn(), &award, &input, &mut faults)?;
    }
    faults.into_result()?;
    if input == before.input {
        return Ok((award, before));
    }
    let recorded_at = tx.recorded_at();
    let after = AwardPublication { version: version + 1, recorded_at: Some(recorded_at), input };
    store::add(tx.conn(), award_id, after.version, recorded_at, &after.input)?;
    let entry = Event { record_kind: RECORD_KIND, record_id: award_id, before: told(&before), after: told(&after), reason: None };
    audit::record(tx, entry)?;
    Ok((award, after))
}

/// The copy that the public fetches is a file of this contract which its provider may see too.
fn check_copy(conn: &mut Conn, award: &Award, input: &AwardPublicationInput, faults: &mut Faults) -> Result<(), Refusal> {
    let pointer = "/contract_document_id";
    let Some(id) = input.contract_document_id else { return Ok(()) };
    faults.require(award.terms.kind == AwardKind::Contract, pointer, "not_allowed", "Only of a contract a copy is published.");
    let found = match documents::get(conn, Scope::Office, id) {
        Err(Refusal::NotFound(_)) => None,
        other => Some(other?),
    };
    let own = found.filter(|file| file.record_kind == awards::RECORD_KIND && file.record_id == award.id && file.redacted_on.is_none());
    faults.require(own.is_some(), pointer, "unknown_record", "The award has no such file. Attach the copy to it first.");
    let is_inner = own.is_some_and(|file| file.office_only);
    let message = "This file is for the office alone. Attach the copy for the public as a file of its own.";
    faults.require(!is_inner, pointer, "not_allowed", message);
    Ok(())
}

/// What the log says of it: which texts there are. The words stay with its versions.
fn told(one: &AwardPublication) -> Value {
    let input = &one.input;
    json!({
        "version": one.version, "has_purpose": input.purpose.is_some(), "has_reasons": input.reasons.is_some(),
        "has_value_for_money_reasons": input.value_for_money_reasons.is_some(), "contract_document_id": input.contract_document_id,
        "from_open_call": input.from_open_call,
    })
}

/// What is due for publication in a month and lacks something, by reference.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn watch(conn: &mut Conn, today: NaiveDate, month: Month) -> Result<Vec<Incomplete>, Refusal> {
    let entries: HashMap<Id, Entry> =
        open_data::entries_for_officers(conn, today)?.into_iter().map(|entry| (entry.award_id, entry)).collect();
    let mut due: BTreeSet<(Id, PublicationOutput)> = BTreeSet::new();
    // What has no day that anybody can show is due now: no month would ever name it.
    let is_due = |entry: &&Entry| month.holds(entry.agreed_on.or(Some(today)));
    for entry in entries.values().filter(is_due) {
        if entry.kind == AwardKind::Contract {
            due.insert((entry.award_id, PublicationOutput::Contracts));
        } else if entry.legal_power.is_none_or(|power| power == LegalPower::CrimeAndDisorder) {
            due.insert((entry.award_id, PublicationOutput::GrantRegister));
        }
    }
    if open_data::policy(conn)?.publisher().is_some() {
        let grants = entries.values().filter(is_due).filter(|entry| entry.kind != AwardKind::Contract);
        due.extend(grants.map(|entry| (entry.award_id, PublicationOutput::Giving)));
    }
    for paid in open_data::spend(conn, month)? {
        due.insert((paid.award_id, PublicationOutput::SpendExtract));
    }
    let mut found: BTreeMap<String, Incomplete> = BTreeMap::new();
    for (id, output) in due {
        let Some(entry) = entries.get(&id) else { continue };
        let gaps = rules::gaps(entry, output);
        if gaps.is_empty() {
            continue;
        }
        let one = found.entry(entry.reference.clone()).or_insert_with(|| Incomplete::of(entry));
        one.outputs.insert(output);
        one.gaps.extend(gaps);
    }
    Ok(found.into_values().collect())
}

impl Incomplete {
    /// Nothing yet.
    fn of(entry: &Entry) -> Self {
        let code = entry.recipient.reference.clone().unwrap_or_default();
        Self {
            award: Named { id: entry.award_id, code: entry.reference.clone(), name: entry.title.clone() },
            provider: Named { id: entry.provider_id, code, name: entry.recipient.name.clone() },
            outputs: BTreeSet::new(),
            gaps: BTreeSet::new(),
        }
    }
}
