//! Year ends in the database. Nothing of them is ever changed.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use crate::funds::rules::UnspentRule;
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal, TextList};
use crate::payments::PaymentState;
use crate::payments::recoveries::rules::RecoveryState;
use crate::payments::year_end::rules::YearEndStage;
use crate::payments::year_end::rules::books::{Approved, JournalKind, JournalLine, SpendBasis};
use crate::payments::year_end::rules::journal::YearEndJournalState;
use crate::payments::year_end::rules::unspent::UnspentMoney;
use crate::store::Conn;
use crate::store::schema::{
    payment, payment_part, payment_version, recovery, recovery_part, recovery_receipt, recovery_version, year_end_decision as decision,
    year_end_decision_line as decided, year_end_estimate as estimate, year_end_journal as journal, year_end_journal_file as file,
    year_end_journal_line as line, year_end_journal_step as step, year_end_stage as stage, year_end_statement as statement,
};
use crate::store::sql::sum_pence;

/// A stage that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = stage, treat_none_as_default_value = false)]
pub struct StageRow {
    /// Of which fund period.
    pub fund_period_id: Id,
    /// Its place, from 1.
    pub number: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// The stage.
    pub stage: YearEndStage,
    /// When.
    pub taken_on: NaiveDate,
    /// The last day that counts for the year.
    pub cut_off_on: NaiveDate,
    /// By whom.
    pub taken_by: Option<Id>,
    /// Their name.
    pub taken_by_name: String,
    /// A remark.
    pub note: Option<String>,
    /// The awards whose estimate was missing then.
    pub missing_estimates: TextList,
}

pub(super) fn stages(conn: &mut Conn, period: Id) -> Result<Vec<StageRow>, Refusal> {
    Ok(on!(conn, c => stage::table.filter(stage::fund_period_id.eq(period)).order(stage::number).select(StageRow::as_select()).load(c))?)
}

pub(super) fn add_stage(conn: &mut Conn, row: &StageRow) -> Result<(), Refusal> {
    let insert = diesel::insert_into(stage::table).values(row).on_conflict_do_nothing();
    if on!(conn, c => insert.execute(c))? == 1 { Ok(()) } else { Err(Refusal::Stale) }
}

/// What an award is expected to have spent by the end of the year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = estimate, treat_none_as_default_value = false)]
pub struct EstimateRow {
    /// The award.
    pub award_id: Id,
    /// Which estimate of the award, from 1.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// Of which fund period.
    pub fund_period_id: Id,
    /// How much, from the award's first day.
    pub amount_pence: Pence,
    /// When it was given.
    pub given_on: NaiveDate,
    /// By whom.
    pub given_by: Option<Id>,
    /// Their name.
    pub given_by_name: String,
    /// Whether the office gave it for the provider.
    pub on_behalf: bool,
    /// A remark.
    pub note: Option<String>,
}

pub(super) fn add_estimate(conn: &mut Conn, row: &EstimateRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(estimate::table).values(row).execute(c))?;
    Ok(())
}

pub(super) fn last_estimate(conn: &mut Conn, award: Id) -> Result<i32, Refusal> {
    let last: Option<i32> =
        on!(conn, c => estimate::table.filter(estimate::award_id.eq(award)).select(diesel::dsl::max(estimate::version)).first(c))?;
    Ok(last.unwrap_or(0))
}

pub(super) fn estimates_page(conn: &mut Conn, award: Id, request: &PageRequest) -> Result<Page<EstimateRow>, Refusal> {
    let before: Option<i32> = request.after()?;
    let rows: Vec<EstimateRow> = on!(conn, c => {
        let mut query = estimate::table.filter(estimate::award_id.eq(award)).order(estimate::version.desc()).limit(request.fetch())
            .select(EstimateRow::as_select()).into_boxed();
        if let Some(before) = before { query = query.filter(estimate::version.lt(before)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, request, |row| row.version))
}

/// The latest estimate of each of these awards.
pub(super) fn estimates(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, EstimateRow>, Refusal> {
    let mut all = HashMap::new();
    for some in awards.chunks(5_000) {
        let rows: Vec<EstimateRow> = on!(conn, c => estimate::table.filter(estimate::award_id.eq_any(some))
            .order((estimate::award_id, estimate::version)).select(EstimateRow::as_select()).load(c))?;
        // The last of each comes last.
        all.extend(rows.into_iter().map(|row| (row.award_id, row)));
    }
    Ok(all)
}

/// A journal as it was proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = journal, treat_none_as_default_value = false)]
pub struct JournalRow {
    /// Its id.
    pub id: Id,
    /// `YEJ-0001`.
    pub reference: String,
    /// Of which fund period.
    pub fund_period_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// The day on which it is booked.
    pub journal_on: NaiveDate,
    /// The accounts that it is booked on, as JSON.
    pub accounts: String,
    /// The journal that it reverses.
    pub reversal_of: Option<Id>,
}

/// A step of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = step, treat_none_as_default_value = false)]
pub struct StepRow {
    /// Of which journal.
    pub journal_id: Id,
    /// Its place, from 1.
    pub number: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// The state that it led to.
    pub state: YearEndJournalState,
    /// When.
    pub taken_on: NaiveDate,
    /// By whom.
    pub taken_by: Option<Id>,
    /// Their name.
    pub taken_by_name: String,
    /// The awards whose estimate was missing then.
    pub missing_estimates: TextList,
}

/// How many there are, reversals aside: those have their journal's number.
pub(super) fn count_journals(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => journal::table.filter(journal::reversal_of.is_null()).count().get_result(c))?)
}

pub(super) fn add_journal(conn: &mut Conn, row: &JournalRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(journal::table).values(row).execute(c))?;
    Ok(())
}

pub(super) fn add_step(conn: &mut Conn, row: &StepRow) -> Result<(), Refusal> {
    let insert = diesel::insert_into(step::table).values(row).on_conflict_do_nothing();
    if on!(conn, c => insert.execute(c))? == 1 { Ok(()) } else { Err(Refusal::Stale) }
}

pub(super) fn journal(conn: &mut Conn, id: Id) -> Result<Option<JournalRow>, Refusal> {
    Ok(on!(conn, c => journal::table.find(id).select(JournalRow::as_select()).first(c).optional())?)
}

/// The journals of a fund period, in the order in which they were proposed.
pub(super) fn journals(conn: &mut Conn, period: Id) -> Result<Vec<JournalRow>, Refusal> {
    Ok(
        on!(conn, c => journal::table.filter(journal::fund_period_id.eq(period)).order(journal::id).select(JournalRow::as_select()).load(c))?,
    )
}

/// The journals after one, whatever their fund period.
pub(super) fn journals_after(conn: &mut Conn, after: Option<Id>, most: i64) -> Result<Vec<JournalRow>, Refusal> {
    let rows: Vec<JournalRow> = on!(conn, c => {
        let mut query = journal::table.order(journal::id).limit(most).select(JournalRow::as_select()).into_boxed();
        if let Some(after) = after { query = query.filter(journal::id.gt(after)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// The steps of these journals, in their order.
pub(super) fn steps(conn: &mut Conn, journals: &[Id]) -> Result<HashMap<Id, Vec<StepRow>>, Refusal> {
    let rows: Vec<StepRow> = on!(conn, c => step::table.filter(step::journal_id.eq_any(journals)).order((step::journal_id, step::number))
        .select(StepRow::as_select()).load(c))?;
    let mut all: HashMap<Id, Vec<StepRow>> = HashMap::new();
    for row in rows {
        all.entry(row.journal_id).or_default().push(row);
    }
    Ok(all)
}

type LineRow = (Id, Id, Id, JournalKind, SpendBasis, Pence);

/// The approved lines of these journals, in their order.
pub(super) fn lines(conn: &mut Conn, journals: &[Id]) -> Result<HashMap<Id, Vec<JournalLine>>, Refusal> {
    let rows: Vec<LineRow> = on!(conn, c => line::table.filter(line::journal_id.eq_any(journals)).order((line::journal_id, line::position))
        .select((line::journal_id, line::award_id, line::budget_line_id, line::kind, line::basis, line::amount_pence)).load(c))?;
    let mut all: HashMap<Id, Vec<JournalLine>> = HashMap::new();
    for (journal, award_id, budget_line_id, kind, basis, amount) in rows {
        all.entry(journal).or_default().push(JournalLine { award_id, budget_line_id, kind, basis, amount });
    }
    Ok(all)
}

/// What the approved journals of a fund period say, reversals left out.
pub(super) fn approved(conn: &mut Conn, period: Id) -> Result<Approved, Refusal> {
    let rows: Vec<(Id, Id, JournalKind, Option<i64>)> = on!(conn, c => line::table.inner_join(journal::table.on(journal::id.eq(line::journal_id)))
        .filter(journal::fund_period_id.eq(period)).filter(journal::reversal_of.is_null())
        .group_by((line::award_id, line::budget_line_id, line::kind))
        .select((line::award_id, line::budget_line_id, line::kind, sum_pence(line::amount_pence))).load(c))?;
    Ok(rows.into_iter().map(|(award, of, kind, sum)| ((award, of, kind), Pence(sum.unwrap_or_default()))).collect::<BTreeMap<_, _>>())
}

pub(super) fn add_lines(conn: &mut Conn, journal: Id, all: &[JournalLine]) -> Result<(), Refusal> {
    for (position, one) in (1_i32..).zip(all) {
        let values = (
            line::journal_id.eq(journal),
            line::position.eq(position),
            line::award_id.eq(one.award_id),
            line::budget_line_id.eq(one.budget_line_id),
            line::kind.eq(one.kind),
            line::basis.eq(one.basis),
            line::amount_pence.eq(one.amount),
        );
        on!(conn, c => diesel::insert_into(line::table).values(values).execute(c))?;
    }
    Ok(())
}

pub(super) fn add_file(conn: &mut Conn, of: Id, recorded_at: Moment, (text, sha256): (&str, &str)) -> Result<(), Refusal> {
    let values = (file::journal_id.eq(of), file::recorded_at.eq(recorded_at), file::file.eq(text), file::sha256.eq(sha256));
    on!(conn, c => diesel::insert_into(file::table).values(values).execute(c))?;
    Ok(())
}

/// The file of a journal and its hash.
pub(super) fn file_of(conn: &mut Conn, of: Id) -> Result<Option<(String, String)>, Refusal> {
    Ok(on!(conn, c => file::table.find(of).select((file::file, file::sha256)).first(c).optional())?)
}

/// A decision on unspent money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = decision, treat_none_as_default_value = false)]
pub struct DecisionRow {
    /// Its id.
    pub id: Id,
    /// Of which fund period.
    pub fund_period_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// When money moved.
    pub effective_on: NaiveDate,
    /// Who decided.
    pub decided_by: Option<Id>,
    /// Their name.
    pub decided_by_name: String,
    /// Why.
    pub reason: String,
}

/// A line of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = decided, treat_none_as_default_value = false)]
pub struct DecidedRow {
    /// Of which decision.
    pub decision_id: Id,
    /// Its place, from 1.
    pub position: i32,
    /// The budget line.
    pub budget_line_id: Id,
    /// The award that left it unspent.
    pub award_id: Option<Id>,
    /// Where the money was.
    pub money: UnspentMoney,
    /// What becomes of it.
    pub decision: UnspentRule,
    /// How much.
    pub amount_pence: Pence,
    /// The line that it is carried to.
    pub to_budget_line_id: Option<Id>,
    /// The funder's consent.
    pub consent_document_id: Option<Id>,
    /// The movement, where money moved.
    pub transfer_id: Option<Id>,
}

pub(super) fn add_decision(conn: &mut Conn, row: &DecisionRow, all: &[DecidedRow]) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(decision::table).values(row).execute(c))?;
    for one in all {
        on!(conn, c => diesel::insert_into(decided::table).values(one).execute(c))?;
    }
    Ok(())
}

pub(super) fn decisions_page(conn: &mut Conn, period: Id, request: &PageRequest) -> Result<Page<DecisionRow>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<DecisionRow> = on!(conn, c => {
        let mut query = decision::table.filter(decision::fund_period_id.eq(period)).order(decision::id).limit(request.fetch())
            .select(DecisionRow::as_select()).into_boxed();
        if let Some(after) = after { query = query.filter(decision::id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, request, |row| row.id))
}

/// The lines of these decisions, in their order.
pub(super) fn decided_in(conn: &mut Conn, decisions: &[Id]) -> Result<Vec<DecidedRow>, Refusal> {
    Ok(on!(conn, c => decided::table.filter(decided::decision_id.eq_any(decisions)).order((decided::decision_id, decided::position))
        .select(DecidedRow::as_select()).load(c))?)
}

/// Every line that was decided on of a fund period, with the day of its decision.
pub(super) fn decided_of(conn: &mut Conn, period: Id) -> Result<Vec<(DecidedRow, NaiveDate)>, Refusal> {
    Ok(on!(conn, c => decided::table.inner_join(decision::table.on(decision::id.eq(decided::decision_id)))
        .filter(decision::fund_period_id.eq(period)).order((decided::decision_id, decided::position))
        .select((DecidedRow::as_select(), decision::effective_on)).load(c))?)
}

/// When the decisions of a fund period became known.
pub(super) fn decided_at(conn: &mut Conn, period: Id) -> Result<HashMap<Id, Moment>, Refusal> {
    let rows: Vec<(Id, Moment)> =
        on!(conn, c => decision::table.filter(decision::fund_period_id.eq(period)).select((decision::id, decision::recorded_at)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// The recoveries of these awards that were written off by a day: each with its award and what was asked for.
pub(super) fn written_off(conn: &mut Conn, awards: &[Id], by: NaiveDate) -> Result<HashMap<Id, (Id, Pence)>, Refusal> {
    let mut all = HashMap::new();
    for some in awards.chunks(5_000) {
        let rows: Vec<(Id, Id, Pence)> = on!(conn, c => recovery::table
            .inner_join(recovery_version::table.on(recovery_version::recovery_id.eq(recovery::id)))
            .filter(recovery::award_id.eq_any(some)).filter(recovery_version::state.eq(RecoveryState::WrittenOff))
            .filter(recovery_version::ended_on.le(by))
            .select((recovery::id, recovery::award_id, recovery_version::amount_pence)).load(c))?;
        all.extend(rows.into_iter().map(|(id, award, amount)| (id, (award, amount))));
    }
    Ok(all)
}

/// What came of a recovery for one budget line.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ReceivedRow {
    /// Of which recovery.
    pub recovery_id: Id,
    /// Of which award.
    pub award_id: Id,
    /// To which line it went back.
    pub budget_line_id: Id,
    /// When it was noted.
    pub recorded_at: Moment,
    /// When it came.
    pub received_on: NaiveDate,
    /// How much.
    pub amount: Pence,
}

/// What came back of these awards, in the order in which it was noted.
pub(super) fn received(conn: &mut Conn, awards: &[Id]) -> Result<Vec<ReceivedRow>, Refusal> {
    let mut all: Vec<ReceivedRow> = Vec::new();
    for some in awards.chunks(5_000) {
        let rows: Vec<ReceivedRow> = on!(conn, c => recovery::table
            .inner_join(recovery_receipt::table.on(recovery_receipt::recovery_id.eq(recovery::id)))
            .inner_join(recovery_part::table.on(recovery_part::recovery_id.eq(recovery::id).and(recovery_part::number.eq(recovery_receipt::number))))
            .filter(recovery::award_id.eq_any(some)).order((recovery_receipt::recorded_at, recovery::id, recovery_receipt::number))
            .select((recovery::id, recovery::award_id, recovery_part::budget_line_id, recovery_receipt::recorded_at,
                recovery_receipt::received_on, recovery_part::amount_pence)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// The awards of which something was asked back that is money of these budget lines.
pub(super) fn recovered(conn: &mut Conn, lines: &[Id]) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => recovery::table.inner_join(recovery_part::table.on(recovery_part::recovery_id.eq(recovery::id)))
        .filter(recovery_part::budget_line_id.eq_any(lines)).select(recovery::award_id).distinct().load(c))?)
}

/// References of payments of money of these budget lines that were sent to the finance system and are not answered.
pub(super) fn unanswered(conn: &mut Conn, lines: &[Id]) -> Result<Vec<String>, Refusal> {
    Ok(on!(conn, c => payment::table
        .inner_join(payment_version::table.on(payment_version::payment_id.eq(payment::id).and(payment_version::version.eq(payment::version))))
        .inner_join(payment_part::table.on(payment_part::payment_id.eq(payment::id).and(payment_part::parts_no.eq(payment_version::parts_no))))
        .filter(payment_version::state.eq(PaymentState::Exported)).filter(payment_part::budget_line_id.eq_any(lines))
        .order(payment::reference).select(payment::reference).distinct().load(c))?)
}

/// Keeps the closing statement of a fund period.
pub(super) fn add_statement(conn: &mut Conn, period: Id, recorded_at: Moment, (text, sha256): (&str, &str)) -> Result<(), Refusal> {
    let values = (
        statement::fund_period_id.eq(period),
        statement::recorded_at.eq(recorded_at),
        statement::statement.eq(text),
        statement::sha256.eq(sha256),
    );
    on!(conn, c => diesel::insert_into(statement::table).values(values).execute(c))?;
    Ok(())
}

/// The closing statement as it was kept, and its hash.
pub(super) fn statement(conn: &mut Conn, period: Id) -> Result<Option<(String, String)>, Refusal> {
    Ok(on!(conn, c => statement::table.find(period).select((statement::statement, statement::sha256)).first(c).optional())?)
}

/// The fund periods with a stage, by id.
pub(super) fn begun(conn: &mut Conn) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => stage::table.filter(stage::number.eq(1)).order(stage::fund_period_id).select(stage::fund_period_id).load(c))?)
}
