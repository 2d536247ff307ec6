//! Estimates of what will have been spent by the end of the year.

use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::kernel::{Id, Named, Page, PageRequest, Refusal, TextList};
use crate::payments::year_end::acts::{EstimateRow, YearEnd, get, worked_out};
use crate::payments::year_end::rules::books::AwardBooks;
use crate::payments::year_end::rules::{YearEndEstimateInput, check_estimated, estimate_faults};
use crate::payments::year_end::store;
use crate::store::{Conn, Tx};

/// Gives an estimate; it counts in place of an earlier one, until the last return is accepted.
///
/// # Errors
/// [`Refusal::NotFound`] where the caller sees no such award; [`crate::kernel::Code::WrongState`] once the year is closed; less than is accepted as spent.
pub fn give(tx: &mut Tx<'_>, scope: Scope, award_id: Id, input: &YearEndEstimateInput) -> Result<EstimateRow, Refusal> {
    let award = awards::get(tx.conn(), scope, award_id)?;
    let one = get(tx.conn(), award.terms.fund_period_id)?;
    if one.is_closed() {
        return Err(Refusal::wrong_state("year", one.stage(), "estimated any more"));
    }
    let Some(books) = worked_out::book(tx.conn(), &one, award_id)? else {
        return Err(Refusal::wrong_state("award", award.state(), "estimated: it has no money of this year"));
    };
    estimate_faults(input, books.accepted).into_result()?;
    let actor = tx.actor().clone();
    let row = EstimateRow {
        award_id,
        version: store::last_estimate(tx.conn(), award_id)? + 1,
        recorded_at: tx.recorded_at(),
        fund_period_id: one.period.id,
        amount_pence: input.amount_pence,
        given_on: tx.today(),
        given_by: actor.id,
        given_by_name: actor.name,
        on_behalf: scope == Scope::Office,
        note: input.note.clone(),
    };
    store::add_estimate(tx.conn(), &row)?;
    let entry =
        Entry { record_kind: awards::RECORD_KIND, record_id: award_id, before: Value::Null, after: json!(row), reason: row.note.clone() };
    audit::record(tx, entry)?;
    Ok(row)
}

/// The awards with money of the year whose estimate is missing, by reference: nobody gave one, and not every return that it owed is accepted.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn missing(conn: &mut Conn, one: &YearEnd) -> Result<Vec<Named>, Refusal> {
    let books = worked_out::books(conn, one)?;
    let ids: Vec<Id> = books.iter().filter(|books| books.is_estimate_missing()).map(|books| books.id).collect();
    let mut names = awards::named(conn, &ids)?;
    Ok(ids.iter().filter_map(|id| names.remove(id)).collect())
}

/// Warns of awards whose estimate is missing, and gives those that are, as they are kept, where whoever acts goes on without them.
///
/// # Errors
/// [`crate::kernel::Code::RuleBroken`] with the awards.
pub fn accepted_missing(conn: &mut Conn, one: &YearEnd, is_accepted: bool) -> Result<TextList, Refusal> {
    let missing = missing(conn, one)?;
    check_estimated(&missing, is_accepted)?;
    Ok(TextList(missing.iter().map(|award| award.id.to_string()).collect()))
}

/// A page of the estimates of an award, the latest first.
///
/// # Errors
/// [`Refusal::NotFound`] where the caller sees no such award.
pub fn list(conn: &mut Conn, scope: Scope, award_id: Id, page: &PageRequest) -> Result<Page<EstimateRow>, Refusal> {
    awards::get(conn, scope, award_id)?;
    store::estimates_page(conn, award_id, page)
}

/// Every award with money of the year and its estimate, where it gave one.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period.
pub fn of_period(conn: &mut Conn, id: Id) -> Result<Vec<(AwardBooks, Option<EstimateRow>)>, Refusal> {
    let one = get(conn, id)?;
    let books = worked_out::books(conn, &one)?;
    let mut estimates = store::estimates(conn, &books.iter().map(|one| one.id).collect::<Vec<_>>())?;
    let with = |books: AwardBooks| {
        let estimate = estimates.remove(&books.id).filter(|row| row.fund_period_id == id);
        (books, estimate)
    };
    Ok(books.into_iter().map(with).collect())
}
