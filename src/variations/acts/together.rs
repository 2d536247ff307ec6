//! Many variations at once: drafted and sent in a few statements, each with its events, its e-mail and its letter.

use chrono::NaiveDate;
use serde_json::Value;

use super::{drafted, entry, sent};
use crate::audit;
use crate::awards::Award;
use crate::kernel::{Actor, Id, Provenance, Refusal};
use crate::store::Tx;
use crate::variations::letters::{ToSend, write_of_issues};
use crate::variations::rules::{VariationInput, VariationState};
use crate::variations::store::{self, Variation};

/// A variation that was checked, beside its award.
pub(in crate::variations) struct Issuing<'a> {
    pub award: &'a Award,
    pub input: &'a VariationInput,
    /// What stands, of what it touches.
    pub before: &'a Value,
    /// What would stand.
    pub after: Option<&'a Value>,
    /// Who approves its change of the value, where that needs an approval.
    pub approver: Option<&'a Actor>,
}

/// Drafts and sends them in this transaction, in their order. `author` wrote what they change.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::variations) fn issue_all(
    tx: &mut Tx<'_>,
    all: &[Issuing<'_>],
    author: Option<Id>,
    (state, answer_due_on): (VariationState, Option<NaiveDate>),
) -> Result<Vec<Variation>, Refusal> {
    let (today, provenance) = (tx.today(), Provenance::default());
    let last = store::last_numbers(tx.conn(), &all.iter().map(|one| one.award.id).collect::<Vec<_>>())?;
    let mut drafts = Vec::with_capacity(all.len());
    for one in all {
        let mut draft = drafted(tx, one.award, (one.input, &provenance), last.get(&one.award.id).copied());
        draft.authored_by_id = author;
        if let Some(approver) = one.approver {
            (draft.approved_by_id, draft.approved_by, draft.approved_on) = (approver.id, Some(approver.name.clone()), Some(today));
        }
        drafts.push(draft);
    }
    store::begin_all(tx.conn(), &drafts)?;
    audit::record_all(tx, drafts.iter().map(|one| entry(None, one)).collect())?;
    let mut issued = Vec::with_capacity(all.len());
    for (draft, one) in drafts.iter().zip(all) {
        issued.push(sent(tx, draft, state, one.before.clone(), answer_due_on));
    }
    save_all(tx, drafts.iter(), &issued)?;
    let letters: Vec<ToSend<'_>> =
        issued.iter().zip(all).map(|(one, told)| ToSend { award: told.award, variation: one, after: told.after }).collect();
    write_of_issues(tx, &letters)?;
    Ok(issued)
}

/// Moves variations on by one version, each with its event: `before` and `after` are in the same order.
pub(super) fn save_all<'a>(tx: &mut Tx<'_>, before: impl Iterator<Item = &'a Variation>, after: &[Variation]) -> Result<(), Refusal> {
    store::advance_all(tx.conn(), after)?;
    audit::record_all(tx, before.zip(after).map(|(before, after)| entry(Some(before), after)).collect())
}
