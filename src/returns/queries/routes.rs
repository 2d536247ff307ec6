//! Questions and answers over HTTP.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Change, Json, One};
use crate::kernel::{Id, Refusal};
use crate::returns::queries::acts::{self, Answer, Query};
use crate::returns::queries::rules::{self, QueryInput};
use crate::returns::routes::{ReturnView, view};
use crate::returns::store::Return;
use crate::store::Conn;

/// What the provider says to a question.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QueryAnswerInput {
    /// The answer, without personal data.
    #[schema(min_length = 1, max_length = 5000, example = "Dudley referred nobody in June.")]
    answer: String,
}

/// A question about a return, and its answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnQueryView {
    /// Its id.
    pub id: Id,
    /// The field of the content that it is about, as it was sent then; none for all of it.
    #[schema(max_length = 500)]
    pub pointer: Option<String>,
    /// What the office asked.
    #[schema(max_length = 5000)]
    pub question: String,
    /// Who asked.
    #[schema(max_length = 300)]
    pub asked_by: String,
    /// When.
    pub asked_on: NaiveDate,
    /// What the provider answered.
    #[schema(max_length = 5000)]
    pub answer: Option<String>,
    /// Who answered.
    #[schema(max_length = 300)]
    pub answered_by: Option<String>,
    /// When.
    pub answered_on: Option<NaiveDate>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// The questions about a return, as a caller sees them.
pub(in crate::returns) fn views(conn: &mut Conn, caller: &Caller, one: &Return) -> Result<Vec<ReturnQueryView>, Refusal> {
    let turn = |(query, answer): (Query, Option<Answer>)| {
        let may_answer = caller.may(Permission::ReturnsAnswer) && rules::check_answer(one.state, answer.is_some()).is_ok();
        let given = answer.map(|given| (given.answer, given.answered_by, given.answered_on));
        ReturnQueryView {
            id: query.id,
            pointer: query.pointer,
            question: query.question,
            asked_by: query.asked_by,
            asked_on: query.asked_on,
            answered_on: given.as_ref().map(|(_, _, on)| *on),
            answered_by: given.as_ref().map(|(_, by, _)| by.clone()),
            answer: given.map(|(text, _, _)| text),
            allowed_actions: may_answer.then(|| "answer".to_owned()).into_iter().collect(),
        }
    };
    Ok(acts::of_return(conn, one.id)?.into_iter().map(turn).collect())
}

async fn ask(call: Change<can::ReturnsReview, Id, Json<QueryInput>>) -> Result<Stored<One<ReturnView>>, Refusal> {
    call.act("return.query", |tx, input| {
        let one = acts::ask(tx, input.path, input.version()?, &input.body.0)?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

async fn answer(call: Change<can::ReturnsAnswer, (Id, Id), Json<QueryAnswerInput>>) -> Result<Stored<One<ReturnView>>, Refusal> {
    call.act("return.answer", |tx, input| {
        let one = acts::answer(tx, input.caller.scope(), input.path, input.version()?, &input.body.0.answer)?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.post("/v1/returns/{id}/queries", "returns_query", "Send a return back with a question", ask);
    api.post("/v1/returns/{id}/queries/{query_id}/answer", "returns_query_answer", "Answer a question about a return", answer);
    api.actions::<ReturnQueryView>(&[("answer", "returns_query_answer")]);
}
