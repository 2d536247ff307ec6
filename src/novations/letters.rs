//! What the parties are told of a novation by letter.

use crate::access::Scope;
use crate::kernel::{Id, Refusal};
use crate::novations::rules::NovationKind;
use crate::novations::store::Novation;
use crate::outbox::{self, Message};
use crate::providers::acts as providers;
use crate::store::Tx;

/// Tells the providers of a novation: both parties, or those whose agreements pass to another body.
pub(super) fn write_of_issue(tx: &mut Tx<'_>, one: &Novation, providers_of_awards: &[Id], awards: usize) -> Result<(), Refusal> {
    let facts = &one.facts;
    let (reference, on, reason) = (&one.reference, facts.effective_on, &facts.reason);
    let count = if awards == 1 { "One agreement".to_owned() } else { format!("{awards} agreements") };
    let passes = if awards == 1 { "passes" } else { "pass" };
    match facts.kind {
        NovationKind::Provider => {
            let last = if facts.from_ceased { "" } else { " Both of you are asked." };
            let to = format!("{count} {passes} to you on {on}.\n{reason}\nPlease accept or refuse it.{last}\n");
            write(tx, facts.to_id, one, format!("Novation {reference} is issued to you"), to)?;
            let from = format!("{count} of yours {passes} to your successor on {on}.\n{reason}\n");
            let asked = if facts.from_ceased { "" } else { "Please accept or refuse it.\n" };
            write(tx, facts.from_id, one, format!("Novation {reference} is issued to you"), format!("{from}{asked}"))
        }
        NovationKind::CommissioningBody => {
            for provider in providers_of_awards {
                let body = format!(
                    "From {on} on another body is party to your agreements with the office.\n{reason}\nThey hold as they are, and your funding goes on.\n"
                );
                write(tx, *provider, one, format!("Your agreements pass to another body on {on} ({reference})"), body)?;
            }
            Ok(())
        }
    }
}

/// Tells both parties that the agreements have passed on.
pub(super) fn write_of_application(tx: &mut Tx<'_>, one: &Novation) -> Result<(), Refusal> {
    let facts = &one.facts;
    if facts.kind != NovationKind::Provider {
        return Ok(());
    }
    let (reference, on) = (&one.reference, facts.effective_on);
    let subject = || format!("Novation {reference} is in force");
    write(tx, facts.to_id, one, subject(), format!("You are party to the agreements of the novation {reference} from {on} on.\n"))?;
    let from = format!(
        "The agreements of the novation {reference} are your successor's from {on} on. You can still read what you were party to.\n"
    );
    write(tx, facts.from_id, one, subject(), from)
}

fn write(tx: &mut Tx<'_>, provider: Id, one: &Novation, subject: String, body: String) -> Result<(), Refusal> {
    let found = providers::get(tx.conn(), Scope::Office, provider)?;
    let Some(recipient) = found.facts.contact_email else { return Ok(()) };
    outbox::queue(tx, Message { recipient, subject, body, record_kind: "novation", record_id: one.id })?;
    Ok(())
}
