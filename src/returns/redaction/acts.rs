//! Taking personal data out of a return.

use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit;
use crate::documents;
use crate::kernel::{Faults, Id, PageRequest, Refusal};
use crate::outbox;
use crate::returns::acts;
use crate::returns::adjustments::acts as adjustments;
use crate::returns::freeze;
use crate::returns::queries::acts as queries;
use crate::returns::redaction::rules::{self, Masked, RedactionInput};
use crate::returns::redaction::store;
use crate::returns::store::{self as returns, Return};
use crate::store::{Conn, Tx};

pub use store::{Place, Redaction};

/// What was done, where else the words stand, and the hashes of files whose bytes may go now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// What is kept of it.
    pub redaction: Redaction,
    /// Texts of the return that say the same words, or a name that was looked for, inside others.
    pub elsewhere: Vec<Stands>,
    /// How many letters had left with the words: those are with whoever got them.
    pub letters_sent: i64,
    /// SHA-256 of each file.
    pub files: Vec<String>,
}

/// Where words of a return stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// In a content: its number, and where in it.
    Text(i32, String),
    /// In a question or its answer.
    Query(Id),
    /// In a file's name.
    Document(Id),
    /// In the reason of a version.
    Reason(i32),
    /// In the reason of an adjustment.
    Adjustment(Id),
    /// In where the return is from.
    Evidence,
}

/// Takes texts out of every version of a return's content, questions with their answers, reasons of the office, and files. Whatever state it is in, it keeps it, and its
/// version.
///
/// # Errors
/// [`Refusal::NotFound`]; nothing is named, or something that is not there; the reason says what is taken out.
pub fn redact(tx: &mut Tx<'_>, id: Id, input: &RedactionInput) -> Result<Redacted, Refusal> {
    let one = acts::find(tx.conn(), Scope::Office, id)?;
    let (masked, mut words) = rules::mask(versions(tx.conn(), &one)?, &input.pointers)?;
    let asked = questions(tx.conn(), &one, &input.query_ids)?;
    words.extend(asked.iter().flat_map(|(_, texts)| texts.iter().cloned()));
    let said = said_by_office(tx.conn(), id, input, &words)?;
    words.extend(said.iter().map(|(_, text)| text.clone()));
    let mut places = Vec::new();
    for own in &masked {
        places.extend(overwrite(tx, &one, own)?);
    }
    for (query_id, texts) in &asked {
        let question = texts.first().map(String::as_str).unwrap_or_default();
        store::overwrite_query(tx.conn(), id, *query_id, question)?;
        places.push(Place::Query(*query_id));
    }
    for (place, text) in said {
        match &place {
            Place::Reason(_) => store::overwrite_reason(tx.conn(), id, &text)?,
            Place::Adjustment(adjustment) => store::overwrite_adjustment(tx.conn(), *adjustment)?,
            _ => store::overwrite_evidence(tx.conn(), id)?,
        }
        if !places.contains(&place) {
            places.push(place);
        }
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
    rules::check(input, &words)?;
    store::overwrite_kept(tx.conn(), id, &words)?;
    let letters_sent = outbox::redact(tx, id, &words, rules::MARK)?;
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
    let needles: Vec<String> = words.into_iter().chain(input.look_for.iter().cloned()).collect();
    let elsewhere = standing(tx.conn(), &one, &needles)?;
    Ok(Redacted { redaction, elsewhere, letters_sent, files })
}

/// What the office said that is to go: what is named, and reasons that say the same as something that goes.
fn said_by_office(conn: &mut Conn, id: Id, input: &RedactionInput, words: &[String]) -> Result<Vec<(Place, String)>, Refusal> {
    let (reasons, adjustments) = (returns::reasons::of_return(conn, id)?, adjustments::of_return(conn, id)?);
    let mut faults = Faults::new();
    for (at, version) in input.reason_versions.iter().enumerate() {
        let is_there = reasons.iter().any(|one| one.version == *version && one.reason != rules::MARK);
        let message = "With this version the office gave no reason. `reasons` of the return has those that there are.";
        faults.require(is_there, &format!("/reason_versions/{at}"), "nothing_there", message);
    }
    for (at, adjustment) in input.adjustment_ids.iter().enumerate() {
        let found = adjustments.iter().find(|one| one.id == *adjustment);
        let pointer = format!("/adjustment_ids/{at}");
        faults.require(found.is_some(), &pointer, "unknown_record", "The return has no such adjustment.");
        let is_gone = found.is_some_and(|one| one.reason == rules::MARK);
        faults.require(!is_gone, &pointer, "nothing_there", "The reason of this adjustment was taken out already.");
    }
    let mut evidence = store::evidence(conn, id)?;
    evidence.retain(|text| input.evidence && text != rules::MARK);
    faults.require(!input.evidence || !evidence.is_empty(), "/evidence", "nothing_there", "It is not said where this return is from.");
    faults.into_result()?;
    let is_meant = |text: &String, is_named: bool| text != rules::MARK && (is_named || words.contains(text));
    let reasons = reasons.into_iter().filter(|one| is_meant(&one.reason, input.reason_versions.contains(&one.version)));
    let adjustments = adjustments.into_iter().filter(|one| is_meant(&one.reason, input.adjustment_ids.contains(&one.id)));
    Ok(reasons
        .map(|one| (Place::Reason(one.version), one.reason))
        .chain(adjustments.map(|one| (Place::Adjustment(one.id), one.reason)))
        .chain(evidence.into_iter().map(|text| (Place::Evidence, text)))
        .collect())
}

/// Where a return still says any of these words.
fn standing(conn: &mut Conn, one: &Return, words: &[String]) -> Result<Vec<Stands>, Refusal> {
    let mut all: Vec<(Stands, String)> = Vec::new();
    for (content_no, content) in versions(conn, one)? {
        all.extend(content.texts().into_iter().map(|(pointer, text)| (Stands::Text(content_no, pointer), text.to_owned())));
    }
    for (query, answer) in queries::of_return(conn, one.id)? {
        let answer = answer.map(|given| given.answer).unwrap_or_default();
        all.push((Stands::Query(query.id), format!("{}\n{answer}", query.question)));
    }
    all.extend(returns::reasons::of_return(conn, one.id)?.into_iter().map(|own| (Stands::Reason(own.version), own.reason)));
    all.extend(adjustments::of_return(conn, one.id)?.into_iter().map(|own| (Stands::Adjustment(own.id), own.reason)));
    all.extend(store::evidence(conn, one.id)?.into_iter().map(|text| (Stands::Evidence, text)));
    let page = PageRequest { limit: FILES_MAX, cursor: None, scan: String::new() };
    all.extend(
        documents::list(conn, Scope::Office, one.id, &page)?.items.into_iter().map(|file| (Stands::Document(file.id), file.file_name)),
    );
    Ok(all.into_iter().filter(|(_, text)| rules::tells(text, words)).map(|(place, _)| place).collect())
}

/// How many files of a return are looked through for names.
const FILES_MAX: usize = 1_000;

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
        Place::Reason(version) => json!({ "reason_version": version }),
        Place::Adjustment(id) => json!({ "adjustment_id": id }),
        Place::Evidence => json!({ "is_evidence": true }),
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

/// Writes marks over words in answers that are kept for repeated requests and tell of a record.
pub(in crate::returns) fn overwrite_kept(conn: &mut Conn, record_id: Id, words: &[String]) -> Result<(), Refusal> {
    store::overwrite_kept(conn, record_id, words)
}

/// All redactions of a return, in the order in which they were done.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_return(conn: &mut Conn, return_id: Id) -> Result<Vec<Redaction>, Refusal> {
    store::of_return(conn, return_id)
}
