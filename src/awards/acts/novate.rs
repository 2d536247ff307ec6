//! An agreement that passes to another party: a provider's successor, or the body that takes over from the one that commissioned.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::audit::{self, Entry};
use crate::awards::rules::{AwardParticulars, AwardState};
use crate::awards::store::{self, Former, Standing, TermsStep};
use crate::documents;
use crate::kernel::{Id, Pence, Refusal};
use crate::store::{Conn, Tx};

/// Who passes an agreement on, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// A provider to its successor.
    Provider {
        /// Who was party.
        from: Id,
        /// Who is party from then on.
        to: Id,
    },
    /// A commissioning body to the body that takes over.
    Body {
        /// Which body was party.
        from: Id,
        /// Which body is party from then on.
        to: Id,
    },
}

/// An award that may pass to another party, as it stands now.
#[derive(Debug, Clone)]
pub struct Novable {
    /// Its id.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: AwardState,
    /// The number of the agreement's version that holds.
    pub terms_no: i32,
    /// From when it holds: nothing passes on before that day.
    pub agreed_from: Option<NaiveDate>,
    /// The fund that pays it.
    pub fund_id: Id,
    /// Who receives it.
    pub provider_id: Option<Id>,
    /// Which body is party to it.
    pub body_id: Option<Id>,
    /// What it is for, where that is known.
    pub amount: Option<Pence>,
}

impl Party {
    fn filter(self) -> (Option<Id>, Option<Id>) {
        match self {
            Self::Provider { from, .. } => (Some(from), None),
            Self::Body { from, .. } => (None, Some(from)),
        }
    }
}

/// The agreements of a party that are in one of these states; or those among `ids`, in any state and of whichever party.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn novable(conn: &mut Conn, party: Party, states: &[AwardState], ids: Option<&[Id]>) -> Result<Vec<Novable>, Refusal> {
    let filter = if ids.is_some() { (None, None) } else { party.filter() };
    let turn = |row: store::NovableRow| {
        let is_varied = row.offered_terms_no.is_some_and(|offered| row.terms_no > offered);
        Novable {
            id: row.id,
            reference: row.reference,
            title: row.title,
            state: row.state,
            terms_no: row.terms_no,
            agreed_from: row.accepted_on.max(is_varied.then_some(row.terms_from)),
            fund_id: row.fund_id,
            provider_id: row.provider_id,
            body_id: row.body_id,
            amount: row.amount,
        }
    };
    Ok(store::novable(conn, filter, states, ids)?.into_iter().map(turn).collect())
}

/// How agreements pass on.
#[derive(Debug, Clone, Copy)]
pub struct Novating {
    /// The novation.
    pub novation_id: Id,
    /// Who passes them on, and to whom.
    pub party: Party,
    /// The first day on which the other is party.
    pub effective_on: NaiveDate,
}

/// An agreement that has passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Novated {
    /// The award.
    pub award_id: Id,
    /// The number of the last agreement with the one before.
    pub before_no: i32,
    /// The number of the first agreement with the successor.
    pub after_no: i32,
}

/// Gives each of these awards an agreement version that names the other party and says else what the one before says, but for whom to ask
/// at a provider that is party no more. No money moves:
/// accounts are kept by award. A provider that passes on reads what it was party to, and its files, as before; the files are the
/// successor's too. The caller has looked whether they may pass on.
///
/// # Errors
/// [`Refusal::Stale`] where an award has moved on meanwhile.
pub fn novate(tx: &mut Tx<'_>, ids: &[Id], novating: &Novating) -> Result<Vec<Novated>, Refusal> {
    let standings = store::standings_of(tx.conn(), ids)?;
    let before = store::terms_of(tx.conn(), ids)?;
    let lines = lines(tx.conn(), novating.party, before.values().filter_map(|row| row.service_line_id).collect())?;
    let (recorded_at, on) = (tx.recorded_at(), novating.effective_on);
    let (mut terms, mut at_once, mut retold) = (Vec::new(), Vec::new(), Vec::new());
    let (mut formers, mut entries, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for standing in standings {
        tx.touch(standing.award_id);
        let row = before.get(&standing.award_id).ok_or_else(|| Refusal::broken("an award without terms"))?;
        let (before_no, after_no) = (standing.terms_no, standing.terms_no + 1);
        let mut next = row.clone();
        next.terms_no = after_no;
        (next.recorded_at, next.effective_on) = (recorded_at, on);
        (next.variation_id, next.novation_id) = (None, Some(novating.novation_id));
        match novating.party {
            Party::Provider { from, to } => {
                next.provider_id = Some(to);
                next.particulars = without_contact(row.particulars.as_deref())?;
                next.service_line_id = row.service_line_id.and_then(|line| lines.get(&line).copied());
                formers.push(Former {
                    award_id: standing.award_id,
                    provider_id: from,
                    recorded_at,
                    version: standing.version,
                    terms_no: before_no,
                    until_on: on,
                    novation_id: novating.novation_id,
                });
            }
            Party::Body { to, .. } => next.commissioning_body_id = Some(to),
        }
        entries.push(entry(&standing, (row, &next), novating)?);
        terms.push(TermsStep { before_no, row: next });
        done.push(Novated { award_id: standing.award_id, before_no, after_no });
        if on >= standing.effective_on { at_once.push(standing) } else { retold.push(standing) }
    }
    let step = |standing: Standing| {
        let (version, terms_no) = (standing.version + 1, standing.terms_no + 1);
        Standing { version, recorded_at, effective_on: on, terms_no, reason: None, ..standing }
    };
    let versions: Vec<Standing> = at_once.into_iter().map(step).collect();
    if let Party::Provider { to, .. } = novating.party {
        store::party_again(tx.conn(), ids, to)?;
    }
    store::pass_on(tx.conn(), &terms, &versions, &formers)?;
    for standing in retold {
        super::terms::retell_from(tx, (standing.award_id, standing.version), (standing.terms_no + 1, None), on)?;
    }
    if let Party::Provider { from, to } = novating.party {
        documents::pass_on(tx, ids, from, to)?;
    }
    audit::record_all(tx, entries)?;
    Ok(done)
}

/// Particulars without whom to ask at the provider before, and without the name under which that was party.
fn without_contact(told: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(text) = told else { return Ok(None) };
    let told: AwardParticulars = serde_json::from_str(text).map_err(Refusal::broken)?;
    let kept = AwardParticulars { contact: None, ..told }.said();
    kept.map(|told| serde_json::to_string(&told)).transpose().map_err(Refusal::broken)
}

/// Which service line of the successor goes on with which one: the one of the same name. Without one an agreement names none.
fn lines(conn: &mut Conn, party: Party, named: Vec<Id>) -> Result<HashMap<Id, Id>, Refusal> {
    let Party::Provider { to, .. } = party else { return Ok(HashMap::new()) };
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let (old, own) = store::novable_lines(conn, &named, to)?;
    Ok(old.into_iter().filter_map(|(id, name)| Some((id, *own.get(&name)?))).collect())
}

/// The event of an agreement that passes on: what stays is not told again.
fn entry(standing: &Standing, (before, after): (&store::TermsRow, &store::TermsRow), novating: &Novating) -> Result<Entry, Refusal> {
    let party = |row: &store::TermsRow| {
        json!({ "terms_no": row.terms_no, "provider_id": row.provider_id, "service_line_id": row.service_line_id,
            "commissioning_body_id": row.commissioning_body_id })
    };
    let mut told = json!({ "party": party(after) });
    if let Some(fields) = told.as_object_mut() {
        fields.insert("novation_id".to_owned(), json!(novating.novation_id));
        fields.insert("effective_on".to_owned(), json!(novating.effective_on));
    }
    let was: Value = json!({ "standing": super::json(standing)?, "party": party(before) });
    Ok(Entry { record_kind: super::RECORD_KIND, record_id: standing.award_id, before: was, after: told, reason: None })
}
