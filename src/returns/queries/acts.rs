//! Asking and answering.

use serde_json::{Value, json};

use crate::access::Scope;
use crate::access::permissions::Role;
use crate::access::users::acts as users;
use crate::audit;
use crate::awards::acts as awards;
use crate::kernel::{Id, Refusal};
use crate::outbox::{self, Message};
use crate::returns::acts as returns;
use crate::returns::owed;
use crate::returns::queries::rules::{self, QueryInput};
use crate::returns::queries::store;
use crate::returns::rules as states;
use crate::returns::store::Return;
use crate::store::{Conn, Tx};

pub use store::{Answer, Query};

/// Sends a return back to the provider with a question, or asks one more while it is there, and says by when it is to be sent again. What the question
/// is about is a field of what was sent.
///
/// # Errors
/// The return is neither with the office nor sent back; its content has no such field; the question names a person by a number; the day is over.
pub fn ask(tx: &mut Tx<'_>, id: Id, version: i32, input: &QueryInput) -> Result<Return, Refusal> {
    let QueryInput { question, pointer, send_again_by } = input;
    let one = returns::load(tx, Scope::Office, id, version)?;
    let state = states::query(one.state)?;
    if let Some(pointer) = pointer {
        let mut content = returns::content(tx.conn(), &one)?;
        // A section may be asked about that says nothing yet.
        for section in owed::of_award(tx.conn(), one.award_id)?.sections(&one.planned).0 {
            let said = content.section(&section.key).map(str::to_owned);
            content.set_section(&section.key, Some(said.unwrap_or_default()));
        }
        rules::check_pointer(&content, pointer)?;
    }
    states::faults_of_text("/question", question).into_result()?;
    let (today, asked_by, by) = (tx.today(), tx.actor().name.clone(), returns::again_by(tx, &one, *send_again_by)?);
    let asked = Query {
        id: tx.new_id(),
        return_id: id,
        recorded_at: tx.recorded_at(),
        asked_on: today,
        asked_by,
        pointer: pointer.clone(),
        question: question.clone(),
    };
    store::insert(tx.conn(), &asked)?;
    // The words stay with the question, so that they can be taken out of it: what the log holds stays for good.
    let queried = returns::change(tx, &one, |next| {
        next.state = state;
        next.query = Some(question.clone());
        next.send_again_by = Some(by);
        next.effective_on = today;
    })?;
    tell(tx, &queried)?;
    Ok(queried)
}

/// Writes to those who write and sign for the provider that there is a question. The letter does not repeat it: what is taken out of a question later would
/// stay in a mailbox.
fn tell(tx: &mut Tx<'_>, one: &Return) -> Result<(), Refusal> {
    let people = match one.provider_id {
        Some(provider) => users::reached(tx.conn(), provider, &[Role::ProviderAuthor, Role::ProviderSignatory])?,
        None => Vec::new(),
    };
    let what = "a question";
    let by = one.send_again_by.map(|day| format!(" by {day}")).unwrap_or_default();
    let words = |period: &str| {
        format!(
            "We have a question about your return for {period}. Please sign in, open the return, answer the question and submit the return again{by}.\n"
        )
    };
    if people.is_empty() {
        return returns::tell(tx, one, what, words);
    }
    let award = awards::get(tx.conn(), Scope::Office, one.award_id)?;
    let period = &one.planned.period;
    for recipient in people {
        let subject = format!("Return for {}, {period}: {what}", award.reference);
        outbox::queue(tx, Message { recipient, subject, body: words(period), record_kind: "return", record_id: one.id })?;
    }
    Ok(())
}

/// Answers a question for the provider.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; what [`rules::check_answer`] refuses; a number that names a person.
pub fn answer(tx: &mut Tx<'_>, scope: Scope, (id, query_id): (Id, Id), version: i32, text: &str) -> Result<Return, Refusal> {
    let one = returns::load(tx, scope, id, version)?;
    let asked = store::of_return(tx.conn(), id)?.into_iter().find(|(query, _)| query.id == query_id);
    let (_, answered) = asked.ok_or(Refusal::NotFound("query"))?;
    rules::check_answer(one.state, answered.is_some())?;
    states::faults_of_text("/answer", text).into_result()?;
    let given = Answer {
        query_id,
        recorded_at: tx.recorded_at(),
        answered_on: tx.today(),
        answered_by: tx.actor().name.clone(),
        answer: text.to_owned(),
    };
    store::insert_answer(tx.conn(), &given)?;
    // The words stay with the answer: the log says that there is one.
    let after = json!({ "query_id": query_id, "answered_on": given.answered_on });
    audit::record(tx, audit::Entry { record_kind: "return", record_id: id, before: Value::Null, after, reason: None })?;
    Ok(one)
}

/// The questions about a return with their answers, in the order in which they were asked.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_return(conn: &mut Conn, return_id: Id) -> Result<Vec<(Query, Option<Answer>)>, Refusal> {
    store::of_return(conn, return_id)
}
