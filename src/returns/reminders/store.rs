//! Which reminders were sent, and which awards are left out.

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::returns::rules::ReturnState;
use crate::store::Conn;
use crate::store::schema::{
    award_reminding as choice, quarterly_return as identity, quarterly_return_version as version, return_reminder as told,
};

diesel::alias!(choice as newer: NewerChoice);

/// How many are looked up at once.
const AT_ONCE: i64 = 500;

/// A return, the day on which it is due, and the day by which it is to be sent again.
pub(super) type Awaited = (Id, NaiveDate, Option<NaiveDate>);

/// Returns after the one `after` that wait for their provider and are due, or to be sent again, on one of these days, in the order of their ids. Awards
/// that are left out are not among them.
pub(super) fn awaited(conn: &mut Conn, (first, last): (NaiveDate, NaiveDate), after: Option<Id>) -> Result<Vec<Awaited>, Refusal> {
    let rows: Vec<Awaited> = on!(conn, c => {
        let not_sent = [ReturnState::Open, ReturnState::Draft];
        let is_first = version::send_again_by.is_null().and(version::due_on.between(first, last)).and(version::state.eq_any(not_sent));
        let is_again = version::send_again_by.is_not_null().and(version::send_again_by.assume_not_null().between(first, last))
            .and(version::state.eq_any([ReturnState::Open, ReturnState::Draft, ReturnState::Queried]));
        let mut query = identity::table
            .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(is_first.or(is_again)).filter(version::is_owed.eq(true))
            .filter(not(exists(choice::table.filter(choice::award_id.eq(identity::award_id)).filter(choice::is_wanted.eq(false))
                .filter(not(exists(newer.filter(newer.field(choice::award_id).eq(choice::award_id))
                    .filter(newer.field(choice::version).gt(choice::version))))))))
            .order(identity::id).limit(AT_ONCE).select((identity::id, version::due_on, version::send_again_by)).into_boxed();
        if let Some(after) = after {
            query = query.filter(identity::id.gt(after));
        }
        query.load(c)
    })?;
    Ok(rows)
}

/// What was told of these returns: return, due day and reason.
pub(super) fn told_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, NaiveDate, String)>, Refusal> {
    let rows: Vec<(Id, NaiveDate, String)> = on!(conn, c => told::table.filter(told::return_id.eq_any(ids))
        .select((told::return_id, told::due_on, told::reason)).load(c))?;
    Ok(rows)
}

/// Notes that a reminder is sent. False where it was before.
pub(super) fn note(conn: &mut Conn, id: Id, due_on: NaiveDate, reason: &str, at: Moment) -> Result<bool, Refusal> {
    let values = (told::return_id.eq(id), told::due_on.eq(due_on), told::reason.eq(reason), told::recorded_at.eq(at));
    Ok(on!(conn, c => diesel::insert_into(told::table).values(values).on_conflict_do_nothing().execute(c))? == 1)
}

/// Whether the provider of an award is reminded, in the latest version.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = choice)]
pub struct Choice {
    /// The award.
    pub award_id: Id,
    /// Which version this is; 0 where nobody has said.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// Whether it is reminded.
    pub is_wanted: bool,
    /// Why not.
    pub reason: Option<String>,
}

pub(super) fn choice_of(conn: &mut Conn, award_id: Id) -> Result<Option<Choice>, Refusal> {
    let row: Option<Choice> = on!(conn, c => choice::table.filter(choice::award_id.eq(award_id)).order(choice::version.desc())
        .select(Choice::as_select()).first(c).optional())?;
    Ok(row)
}

pub(super) fn add_choice(conn: &mut Conn, row: &Choice) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(choice::table).values(row).execute(c))?;
    Ok(())
}
