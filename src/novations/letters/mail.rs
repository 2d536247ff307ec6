//! What the providers are told of a novation by e-mail.

use std::collections::BTreeMap;

use crate::awards::acts::{self as awards, ProviderLetter};
use crate::kernel::{Id, Refusal};
use crate::novations::rules::NovationKind;
use crate::novations::store::Novation;
use crate::store::Tx;

/// Where a provider finds its letter.
const PAPER: &str = "Sign in to the service to read your letter (PDF).\n";

/// Tells the providers of a novation: both parties, or those whose agreements pass to another body.
pub fn write_of_issue(tx: &mut Tx<'_>, one: &Novation, providers_of_awards: &[Id], awards: usize) -> Result<(), Refusal> {
    let facts = &one.facts;
    let (reference, on, reason) = (&one.reference, facts.effective_on, &facts.reason);
    let count = if awards == 1 { "One agreement".to_owned() } else { format!("{awards} agreements") };
    let passes = if awards == 1 { "passes" } else { "pass" };
    match facts.kind {
        NovationKind::Provider => {
            let last = if facts.from_ceased { "" } else { " Both of you are asked." };
            let to = format!("{count} {passes} to you on {on}.\n{reason}\nPlease accept or refuse it.{last}\n");
            let from = format!("{count} of yours {passes} to your successor on {on}.\n{reason}\n");
            let asked = if facts.from_ceased { "" } else { "Please accept or refuse it.\n" };
            let all = [(facts.to_id, to), (facts.from_id, format!("{from}{asked}"))];
            write(tx, one, all.into_iter().map(|(party, body)| (party, subject(one, party), body + PAPER)).collect())
        }
        NovationKind::CommissioningBody => {
            let body = format!(
                "From {on} on another body is party to your agreements with the office.\n{reason}\nThey hold as they are, and your funding goes on.\n"
            );
            let subject = format!("Your agreements pass to another body on {on} ({reference})");
            let of = |provider: &Id| (*provider, subject.clone(), format!("{body}{PAPER}"));
            write(tx, one, providers_of_awards.iter().map(of).collect())
        }
    }
}

/// Tells both parties which agreements have passed on, or of a body the providers whose agreements did; `passed` are those, each with its provider.
pub fn write_of_application(tx: &mut Tx<'_>, one: &Novation, passed: &[(Option<Id>, String)]) -> Result<(), Refusal> {
    let facts = &one.facts;
    let (reference, on) = (&one.reference, facts.effective_on);
    let subject = || format!("Novation {reference} is in force");
    let told = match facts.kind {
        NovationKind::Provider => {
            let awards = passed.iter().map(|(_, award)| award.as_str()).collect::<Vec<_>>().join(", ");
            let to = format!("You are party to these agreements from {on} on: {awards}.\n");
            let from = format!(
                "These agreements of yours are your successor's from {on} on: {awards}.\nYou can still read what you were party to.\n"
            );
            vec![(facts.to_id, subject(), to), (facts.from_id, subject(), from)]
        }
        NovationKind::CommissioningBody => {
            let mut by_provider: BTreeMap<Id, Vec<&str>> = BTreeMap::new();
            for (provider, award) in passed.iter().filter_map(|(provider, award)| Some(((*provider)?, award))) {
                by_provider.entry(provider).or_default().push(award);
            }
            let of = |(provider, awards): (Id, Vec<&str>)| {
                let awards = awards.join(", ");
                let body = format!(
                    "From {on} on another body is party to these agreements of yours: {awards}.\nThey hold as they are, and your funding goes on.\n"
                );
                (provider, subject(), body)
            };
            by_provider.into_iter().map(of).collect()
        }
    };
    write(tx, one, told)
}

/// Reminds providers that they have not answered a novation.
pub fn write_of_reminder(tx: &mut Tx<'_>, one: &Novation, providers: &[Id]) -> Result<(), Refusal> {
    let facts = &one.facts;
    let letter = |provider: &Id| {
        let whom = if *provider == facts.to_id { "Agreements are to pass to you" } else { "Your agreements are to pass to your successor" };
        let (on, reason) = (facts.effective_on, &facts.reason);
        let body = format!("{whom} on {on}.\n{reason}\nYou have not answered yet. Please accept or refuse it.\n");
        (*provider, subject(one, *provider), body + PAPER)
    };
    write(tx, one, providers.iter().map(letter).collect())
}

/// What a party is told before its agreements pass, and whether it is to answer.
fn subject(one: &Novation, party: Id) -> String {
    let (facts, reference) = (&one.facts, &one.reference);
    if party == facts.to_id {
        return format!("Agreements are to pass to you ({reference}): please answer");
    }
    let asked = if facts.from_ceased { "" } else { ": please answer" };
    format!("Your agreements are to pass on ({reference}){asked}")
}

fn write(tx: &mut Tx<'_>, one: &Novation, all: Vec<(Id, String, String)>) -> Result<(), Refusal> {
    let letter = |(provider_id, subject, body): (Id, String, String)| ProviderLetter {
        provider_id,
        subject,
        body,
        record_kind: "novation",
        record_id: one.id,
    };
    awards::write_to_providers(tx, all.into_iter().map(letter).collect())
}
