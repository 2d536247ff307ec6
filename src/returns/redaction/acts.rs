//! Taking personal data out of a return.

use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit;
use crate::documents;
use crate::kernel::{Faults, Id, Refusal};
use crate::returns::acts;
use crate::returns::freeze;
use crate::returns::queries::acts as queries;
use crate::returns::redaction::rules::{self, Masked, RedactionInput};
use crate::returns::redaction::store;
use crate::returns::store::{self as returns, Return};
use crate::store::{Conn, Tx};

pub use store::{Place, Redaction};

/// What was done, and the hashes of files whose bytes may go now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// What is kept of it.
    pub redaction: Redaction,
    /// SHA-256 of each file.
    pub files: Vec<String>,
}

/// Takes texts out of every version of a return's content, questions with their answers, and files. Whatever state it is in, it keeps it, and its
/// version.
///
/// # Errors
/// [`Refusal::NotFound`]; nothing is named, or something that is not there; the reason says what is taken out.
pub fn redact(tx: &mut Tx<'_>, id: Id, input: &RedactionInput) -> Result<Redacted, Refusal> {
    let one = acts::find(tx.conn(), Scope::Office, id)?;
    let (masked, mut words) = rules::mask(versions(tx.conn(), &one)?, &input.pointers)?;
    let asked = questions(tx.conn(), &one, &input.query_ids)?;
    words.extend(asked.iter().flat_map(|(_, texts)| texts.iter().cloned()));
    rules::check(input, &words)?;
    let mut places = Vec::new();
    for own in &masked {
        places.extend(overwrite(tx, &one, own)?);
    }
    for (query_id, texts) in &asked {
        let question = texts.first().map(String::as_str).unwrap_or_default();
        store::overwrite_query(tx.conn(), id, *query_id, question)?;
        places.push(Place::Query(*query_id));
    }
    let mut files = Vec::new();
    for (at, document) in input.document_ids.iter().enumerate() {
        let taken = documents::redact(tx, id, *document)?;
        let taken =
            taken.ok_or_else(|| Refusal::invalid(&format!("/document_ids/{at}"), "unknown_record", "The return has no such file."))?;
        words.push(taken.file_name);
        files.push(taken.sha256);
        places.push(Place::Document(*document));
    }
    store::overwrite_kept(tx.conn(), id, &words)?;
    let redaction = Redaction {
        id: tx.new_id(),
        return_id: id,
        recorded_at: tx.recorded_at(),
        redacted_on: tx.today(),
        made_by: tx.actor().name.clone(),
        reason: input.reason.clone(),
        places,
    };
    store::insert(tx.conn(), &redaction)?;
    // Answers that are kept tell the salts too, and with a salt a name is guessed from its hash as from any.
    let salts = freeze::acts::follow_redaction(tx, &one)?;
    store::overwrite_kept(tx.conn(), id, &salts)?;
    log(tx, &redaction)?;
    Ok(Redacted { redaction, files })
}

fn versions(conn: &mut Conn, one: &Return) -> Result<Vec<rules::Numbered>, Refusal> {
    // All that was ever written: a return that an import was taken back from shows an earlier content.
    (1..=returns::last_content(conn, one.id)?).map(|no| Ok((no, returns::load_content(conn, one.id, no)?))).collect()
}

/// The questions with these ids, and the texts that each of them holds: the question first.
fn questions(conn: &mut Conn, one: &Return, ids: &[Id]) -> Result<Vec<(Id, Vec<String>)>, Refusal> {
    let all = queries::of_return(conn, one.id)?;
    let mut faults = Faults::new();
    let mut found = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        match all.iter().find(|(query, _)| query.id == *id) {
            Some((query, answer)) => {
                let texts = [Some(query.question.clone()), answer.as_ref().map(|given| given.answer.clone())];
                found.push((*id, texts.into_iter().flatten().collect()));
            }
            None => faults.add(format!("/query_ids/{at}"), "unknown_record", "Nobody asked this about the return."),
        }
    }
    faults.into_result().map(|()| found)
}

/// Writes the marks of a version, and makes sure that nothing else in it changed.
fn overwrite(tx: &mut Tx<'_>, one: &Return, own: &Masked) -> Result<Vec<Place>, Refusal> {
    store::overwrite(tx.conn(), one.id, own)?;
    if returns::load_content(tx.conn(), one.id, own.content_no)? != own.after {
        return Err(Refusal::broken("a redaction changed more than it names"));
    }
    let content_sha256 = rules::hash(&own.after)?;
    let place =
        |pointer: &String| Place::Text { content_no: own.content_no, pointer: pointer.clone(), content_sha256: content_sha256.clone() };
    Ok(own.pointers.iter().map(place).collect())
}

fn log(tx: &mut Tx<'_>, one: &Redaction) -> Result<(), Refusal> {
    let shown = |place: &Place| match place {
        Place::Text { content_no, pointer, content_sha256 } => {
            json!({ "content_no": content_no, "pointer": pointer, "content_sha256": content_sha256 })
        }
        Place::Query(id) => json!({ "query_id": id }),
        Place::Document(id) => json!({ "document_id": id }),
    };
    let places: Vec<Value> = one.places.iter().map(shown).collect();
    let entry = audit::Entry {
        record_kind: "return",
        record_id: one.return_id,
        before: Value::Null,
        after: json!({ "redaction_id": one.id, "places": places }),
        reason: Some(one.reason.clone()),
    };
    audit::record(tx, entry).map(|_| ())
}

/// All redactions of a return, in the order in which they were done.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_return(conn: &mut Conn, return_id: Id) -> Result<Vec<Redaction>, Refusal> {
    store::of_return(conn, return_id)
}
