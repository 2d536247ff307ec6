//! What a provider is told of a variation by e-mail, and what became of it.

use std::collections::HashMap;

use serde_json::Value;

use crate::awards::Award;
use crate::awards::acts::{self as awards, ProviderLetter};
use crate::kernel::{Id, Refusal};
use crate::outbox::{self, LetterView};
use crate::store::{Conn, Tx};
use crate::variations::campaigns;
use crate::variations::letters::acts;
use crate::variations::store::Variation;

/// What became of the letters that told the provider of these variations. Nothing of one that was not issued, or was taken in.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_issue(conn: &mut Conn, all: &[Variation]) -> Result<HashMap<Id, LetterView>, Refusal> {
    let issued: Vec<&Variation> = all.iter().filter(|one| one.issued_on.is_some()).collect();
    let ids: Vec<Id> = issued.iter().map(|one| one.id).collect();
    let mut found = outbox::letters(conn, "variation.issue", &ids)?;
    found.extend(outbox::letters(conn, campaigns::ISSUE, &ids)?);
    for one in issued.into_iter().filter(|one| one.issued_by_id.is_some()) {
        found.entry(one.id).or_insert(LetterView::NO_ADDRESS);
    }
    Ok(found)
}

/// Tells the provider of its variation: by e-mail, and by a paper of which is fixed here what it says.
pub(in crate::variations) fn write_of_issue(tx: &mut Tx<'_>, award: &Award, one: &Variation) -> Result<(), Refusal> {
    awards::write_to_providers(tx, mail_of_issue(award, one).into_iter().collect())?;
    acts::freeze(tx, award, one)
}

/// A variation that is being issued, or issued again on other figures, beside its award.
pub(in crate::variations) struct ToSend<'a> {
    pub award: &'a Award,
    pub variation: &'a Variation,
    /// What would stand with it.
    pub after: Option<&'a Value>,
}

/// The same for many, in a few statements.
pub(in crate::variations) fn write_of_issues(tx: &mut Tx<'_>, all: &[ToSend<'_>]) -> Result<(), Refusal> {
    awards::write_to_providers(tx, all.iter().filter_map(|one| mail_of_issue(one.award, one.variation)).collect())?;
    acts::freeze_all(tx, all)
}

/// What the provider is told by e-mail, where the award has one.
fn mail_of_issue(award: &Award, one: &Variation) -> Option<ProviderLetter> {
    let provider = award.names.provider.as_ref()?;
    let (reference, title, on) = (&one.reference, &one.input.title, one.input.effective_on);
    let answer = match (one.input.is_unilateral, one.answer_due_on) {
        (true, _) => "It needs no answer.".to_owned(),
        (false, None) => "Please accept or refuse it.".to_owned(),
        (false, Some(due)) => format!("Please accept or refuse it by {due}; it lapses after that day."),
    };
    Some(ProviderLetter {
        provider_id: provider.id,
        subject: format!("Variation {reference} is issued to you"),
        body: format!("The award {} of {} is to change from {on} on: {title}.\n{answer}\n", award.reference, provider.name),
        record_kind: "variation",
        record_id: one.id,
    })
}

/// Reminds the providers of variations that they have not answered, each beside its award.
pub(in crate::variations) fn write_of_reminders(tx: &mut Tx<'_>, all: &[(Award, &Variation)]) -> Result<(), Refusal> {
    awards::write_to_providers(tx, all.iter().filter_map(|(award, one)| mail_of_reminder(award, one)).collect())
}

fn mail_of_reminder(award: &Award, one: &Variation) -> Option<ProviderLetter> {
    let provider = award.names.provider.as_ref()?;
    let (reference, title, on) = (&one.reference, &one.input.title, one.input.effective_on);
    let due = one.answer_due_on.map(|due| format!(" by {due}; it lapses after that day")).unwrap_or_default();
    let body = format!(
        "The award {} of {} is to change from {on} on: {title}.\nYou have not answered yet. Please accept or refuse it{due}.\n",
        award.reference, provider.name
    );
    let subject = format!("Variation {reference} waits for your answer");
    Some(ProviderLetter { provider_id: provider.id, subject, body, record_kind: "variation", record_id: one.id })
}

/// Tells the providers of variations that these are issued to them again, as they are now: by e-mail, and by a further paper each.
pub(in crate::variations) fn write_of_rebases(tx: &mut Tx<'_>, all: &[ToSend<'_>]) -> Result<(), Refusal> {
    awards::write_to_providers(tx, all.iter().filter_map(|one| mail_of_rebase(one.award, one.variation)).collect())?;
    acts::freeze_all(tx, all)
}

fn mail_of_rebase(award: &Award, one: &Variation) -> Option<ProviderLetter> {
    let provider = award.names.provider.as_ref()?;
    let (reference, title, on) = (&one.reference, &one.input.title, one.input.effective_on);
    let answer = match (one.input.is_unilateral, one.answer_due_on) {
        (true, _) => "It needs no answer.".to_owned(),
        (false, None) => "Please accept or refuse it as it is now, also where you had accepted it.".to_owned(),
        (false, Some(due)) => {
            format!("Please accept or refuse it as it is now by {due}, also where you had accepted it; it lapses after that day.")
        }
    };
    let body = format!(
        "Something has changed for the award {} of {} since the variation {reference} was issued: {title}. It would now change the award as it \
         stands since, from {on} on.\n{answer}\n",
        award.reference, provider.name
    );
    let subject = format!("Variation {reference} is issued to you again");
    Some(ProviderLetter { provider_id: provider.id, subject, body, record_kind: "variation", record_id: one.id })
}

/// Tells the providers of variations that were issued to them, each beside its award, that these are taken back, and why.
pub(in crate::variations) fn write_of_withdrawals(tx: &mut Tx<'_>, all: &[(&Award, &Variation)], reason: &str) -> Result<(), Refusal> {
    awards::write_to_providers(tx, all.iter().filter_map(|(award, one)| mail_of_withdrawal(award, one, reason)).collect())
}

fn mail_of_withdrawal(award: &Award, one: &Variation, reason: &str) -> Option<ProviderLetter> {
    let provider = award.names.provider.as_ref()?;
    let (reference, title) = (&one.reference, &one.input.title);
    let answer = match (one.input.is_unilateral, one.answered_on) {
        (true, _) => "",
        (false, None) => " It needs no answer any more.",
        (false, Some(_)) => " You had accepted it.",
    };
    let body = format!(
        "The office has taken back the variation {reference} of the award {} of {}: {title}. It does not come into force.{answer}\n\
         Why: {reason}\n",
        award.reference, provider.name
    );
    let subject = format!("Variation {reference} is taken back");
    Some(ProviderLetter { provider_id: provider.id, subject, body, record_kind: "variation", record_id: one.id })
}

/// Tells the provider that the office accepted for it, so that it can object where it never signed.
pub(in crate::variations) fn write_of_acceptance(tx: &mut Tx<'_>, award: &Award, one: &Variation) -> Result<(), Refusal> {
    let (reference, title) = (&one.reference, &one.input.title);
    awards::write_to_provider(tx, award, ("variation", one.id), format!("Variation {reference} is accepted on your behalf"), |name| {
        format!(
            "The office has accepted the variation {reference}, {title}, for {name}, by the paper that you signed. If that is wrong, tell \
             the office.\n"
        )
    })
}
