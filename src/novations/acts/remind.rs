//! Reminding those who have not answered a novation.

use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::kernel::{Code, Id, Refusal};
use crate::novations::acts::{RECORD_KIND, load};
use crate::novations::letters;
use crate::novations::rules::{self, NovationAct, NovationKind};
use crate::novations::store::{Novation, NovationFacts};
use crate::store::Tx;

/// Who was reminded.
#[derive(Debug, Clone)]
pub struct Reminded {
    /// The novation.
    pub novation: Novation,
    /// How many providers have not answered.
    pub waiting: usize,
    /// Which of them were written to now.
    pub providers: Vec<Id>,
}

/// The providers that have to accept a novation and have not; none where a commissioning body ends, since its successor accepts by a paper alone.
#[must_use]
pub fn unanswered(facts: &NovationFacts) -> Vec<Id> {
    if facts.kind != NovationKind::Provider {
        return Vec::new();
    }
    let to = facts.to_accepted_on.is_none().then_some(facts.to_id);
    let from = (!facts.from_ceased && facts.from_accepted_on.is_none()).then_some(facts.from_id);
    to.into_iter().chain(from).collect()
}

/// Writes to the providers that have not answered; to none of them twice on a day, and to none on the day of the issue. The novation stays as it is.
///
/// # Errors
/// [`Refusal::Stale`]; it does not wait for the parties; [`Code::RuleBroken`] where a commissioning body ends, since no provider is asked then.
pub fn remind(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Reminded, Refusal> {
    let novation = load(tx, Scope::Office, id, version)?;
    rules::next(novation.facts.state, NovationAct::Remind)?;
    if novation.facts.kind != NovationKind::Provider {
        let detail = "Where a commissioning body ends no provider is asked: its successor accepts by a paper that the office attaches. So \
            there is nobody to remind.";
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    let (today, waiting) = (tx.today(), unanswered(&novation.facts));
    let mut due = Vec::new();
    if novation.facts.issued_on != Some(today) {
        for provider in &waiting {
            if letters::acts::note_reminder(tx, (id, *provider))? {
                due.push(*provider);
            }
        }
    }
    if !due.is_empty() {
        letters::write_of_reminder(tx, &novation, &due)?;
        let after = json!({ "reminded_on": today, "provider_ids": due });
        audit::record(tx, Entry { record_kind: RECORD_KIND, record_id: id, before: Value::Null, after, reason: None })?;
    }
    Ok(Reminded { novation, waiting: waiting.len(), providers: due })
}
