//! Questions and answers in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{return_query as query, return_query_answer as answer};

/// A question about a return.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = query)]
pub struct Query {
    /// Its id.
    pub id: Id,
    /// The return.
    pub return_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// When it was asked.
    pub asked_on: NaiveDate,
    /// Who asked.
    pub asked_by: String,
    /// The field of the content that it is about; none for all of it.
    pub pointer: Option<String>,
    /// The question.
    pub question: String,
}

/// What the provider says to it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = answer)]
pub struct Answer {
    /// The question.
    pub query_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// When it was answered.
    pub answered_on: NaiveDate,
    /// Who answered.
    pub answered_by: String,
    /// The answer.
    pub answer: String,
}

pub(super) fn insert(conn: &mut Conn, one: &Query) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(query::table).values(one).execute(c))?;
    Ok(())
}

pub(super) fn insert_answer(conn: &mut Conn, one: &Answer) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(answer::table).values(one).execute(c))?;
    Ok(())
}

/// All questions about a return with their answers, in the order in which they were asked.
pub(super) fn of_return(conn: &mut Conn, return_id: Id) -> Result<Vec<(Query, Option<Answer>)>, Refusal> {
    let rows: Vec<(Query, Option<Answer>)> = on!(conn, c => query::table.left_join(answer::table.on(answer::query_id.eq(query::id)))
        .filter(query::return_id.eq(return_id)).order(query::id)
        .select((Query::as_select(), Option::<Answer>::as_select())).load(c))?;
    Ok(rows)
}
