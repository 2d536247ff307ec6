//! Budget lines in the database.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::funds::Record;
use crate::funds::budget_lines::BudgetLine;
use crate::funds::budget_lines::rules::{
    AtRiskApproval, AtRiskOutcome, AtRiskTerms, BudgetLineFacts, BudgetState, BudgetTerms, Free, Place,
};
use crate::funds::rules::UnspentRule;
use crate::kernel::{FigureNote, FigureStatus, Id, Moment, Named, Page, PageRequest, Pence, Precision, Provenance, Refusal, TextList};
use crate::ledger::{Account, AccountKind};
use crate::store::Conn;
use crate::store::schema::{
    at_risk_approval as approval, at_risk_end as end, budget_line as line, budget_line_version as version, funding_source as source,
    funding_source_version as source_version, ledger_account as account, ledger_transfer as transfer, tranche, tranche_version,
};
use crate::store::sql::sum_pence;

#[derive(Queryable, Selectable)]
#[diesel(table_name = line)]
struct LineRow {
    id: Id,
    reference: String,
    fund_period_id: Id,
    funding_source_id: Id,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    budget_line_id: Id,
    version: i32,
    recorded_at: Moment,
    recorded_by: Option<Id>,
    state: BudgetState,
    amount_pence: Pence,
    internal_pence: Option<Pence>,
    effective_on: NaiveDate,
    conditions: Option<String>,
    window_starts_on: Option<NaiveDate>,
    window_ends_on: Option<NaiveDate>,
    unspent_rule: Option<UnspentRule>,
    reason: Option<String>,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    rounding_unit_pence: Option<Pence>,
    qualifier: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = approval)]
struct ApprovalRow {
    id: Id,
    budget_line_id: Id,
    recorded_at: Moment,
    amount_pence: Pence,
    approved_on: NaiveDate,
    ends_on: Option<NaiveDate>,
    reason: String,
    approved_by: Option<Id>,
    approved_by_name: String,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    rounding_unit_pence: Option<Pence>,
    qualifier: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

fn record((line, row): (LineRow, VersionRow)) -> BudgetLine {
    let terms = BudgetTerms {
        state: row.state,
        amount_pence: row.amount_pence,
        internal_pence: row.internal_pence,
        figure: FigureNote {
            figure_status: row.figure_status,
            precision: row.precision,
            rounding_unit_pence: row.rounding_unit_pence,
            qualifier: row.qualifier,
        },
        effective_on: row.effective_on,
        conditions: row.conditions,
        window_starts_on: row.window_starts_on,
        window_ends_on: row.window_ends_on,
        unspent_rule: row.unspent_rule,
        reason: row.reason,
    };
    let facts = BudgetLineFacts {
        reference: line.reference,
        fund_period_id: line.fund_period_id,
        funding_source_id: line.funding_source_id,
        recorded_by: row.recorded_by,
        terms,
    };
    let provenance = Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence };
    Record { id: line.id, version: row.version, recorded_at: row.recorded_at, facts, provenance }
}

fn version_row(record: &BudgetLine) -> VersionRow {
    let (terms, provenance) = (&record.facts.terms, &record.provenance);
    VersionRow {
        budget_line_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        recorded_by: record.facts.recorded_by,
        state: terms.state,
        amount_pence: terms.amount_pence,
        internal_pence: terms.internal_pence,
        effective_on: terms.effective_on,
        conditions: terms.conditions.clone(),
        window_starts_on: terms.window_starts_on,
        window_ends_on: terms.window_ends_on,
        unspent_rule: terms.unspent_rule,
        reason: terms.reason.clone(),
        figure_status: terms.figure.figure_status,
        precision: terms.figure.precision,
        rounding_unit_pence: terms.figure.rounding_unit_pence,
        qualifier: terms.figure.qualifier.clone(),
        illustrative: provenance.illustrative,
        not_evidenced: provenance.not_evidenced.clone(),
        evidence: provenance.evidence.clone(),
    }
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<BudgetLine>, Refusal> {
    let row: Option<(LineRow, VersionRow)> = on!(conn, c => line::table
        .inner_join(version::table.on(version::budget_line_id.eq(line::id).and(version::version.eq(line::version))))
        .filter(line::id.eq(id)).select((LineRow::as_select(), VersionRow::as_select())).first(c).optional())?;
    Ok(row.map(record))
}

/// Id, fund period and funding source of the lines among `ids`.
pub(super) fn parents(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, Id, Id)>, Refusal> {
    let rows: Vec<(Id, Id, Id)> =
        on!(conn, c => line::table.filter(line::id.eq_any(ids)).select((line::id, line::fund_period_id, line::funding_source_id)).load(c))?;
    Ok(rows)
}

/// The first and the last day of spending of the lines among `ids`, as they stand now.
pub(super) fn windows(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Option<NaiveDate>, Option<NaiveDate>)>, Refusal> {
    Ok(on!(conn, c => line::table
        .inner_join(version::table.on(version::budget_line_id.eq(line::id).and(version::version.eq(line::version))))
        .filter(line::id.eq_any(ids)).select((version::window_starts_on, version::window_ends_on)).load(c))?)
}

/// The current versions of all lines of a fund period, in the order in which they were made.
pub(super) fn of_period(conn: &mut Conn, period_id: Id) -> Result<Vec<BudgetLine>, Refusal> {
    let rows: Vec<(LineRow, VersionRow)> = on!(conn, c => line::table
        .inner_join(version::table.on(version::budget_line_id.eq(line::id).and(version::version.eq(line::version))))
        .filter(line::fund_period_id.eq(period_id)).order(line::id)
        .select((LineRow::as_select(), VersionRow::as_select())).load(c))?;
    Ok(rows.into_iter().map(record).collect())
}

/// A page of the current versions of a fund period's lines, in the order in which they were made.
pub(super) fn page(conn: &mut Conn, period_id: Id, state: Option<BudgetState>, request: &PageRequest) -> Result<Page<BudgetLine>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<(LineRow, VersionRow)> = on!(conn, c => {
        let mut query = line::table
            .inner_join(version::table.on(version::budget_line_id.eq(line::id).and(version::version.eq(line::version))))
            .filter(line::fund_period_id.eq(period_id))
            .select((LineRow::as_select(), VersionRow::as_select())).order(line::id).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(line::id.gt(after));
        }
        if let Some(state) = state {
            query = query.filter(version::state.eq(state));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(record).collect(), request, |record| record.id))
}

/// A page of all versions of one line, the newest first.
pub(super) fn versions(conn: &mut Conn, id: Id, request: &PageRequest) -> Result<Page<BudgetLine>, Refusal> {
    let before: Option<i32> = request.after()?;
    let rows: Vec<(LineRow, VersionRow)> = on!(conn, c => {
        let mut query = line::table.inner_join(version::table.on(version::budget_line_id.eq(line::id))).filter(line::id.eq(id))
            .select((LineRow::as_select(), VersionRow::as_select())).order(version::version.desc()).limit(request.fetch()).into_boxed();
        if let Some(before) = before {
            query = query.filter(version::version.lt(before));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(record).collect(), request, |record| record.version))
}

/// How many lines the fund period has.
pub(super) fn count(conn: &mut Conn, period_id: Id) -> Result<i64, Refusal> {
    Ok(on!(conn, c => line::table.filter(line::fund_period_id.eq(period_id)).count().get_result(c))?)
}

/// The lines and whoever wrote a version of them.
pub(super) fn authors(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<(Id, Id)>, Refusal> {
    let authors: Vec<(Id, Option<Id>)> = on!(conn, c => version::table.filter(version::budget_line_id.eq_any(ids))
        .select((version::budget_line_id, version::recorded_by)).load(c))?;
    Ok(authors.into_iter().filter_map(|(line, author)| Some((line, author?))).collect())
}

/// Writes the identity. False where the reference is taken.
pub(super) fn begin(conn: &mut Conn, record: &BudgetLine) -> Result<bool, Refusal> {
    let facts = &record.facts;
    let values = (
        line::id.eq(record.id),
        line::reference.eq(&facts.reference),
        line::fund_period_id.eq(facts.fund_period_id),
        line::funding_source_id.eq(facts.funding_source_id),
        line::version.eq(record.version),
        line::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(line::table).values(values).on_conflict(line::reference).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &BudgetLine) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(line::table.filter(line::id.eq(record.id).and(line::version.eq(record.version - 1))))
        .set(line::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version.
pub(super) fn add_version(conn: &mut Conn, record: &BudgetLine) -> Result<(), Refusal> {
    let row = version_row(record);
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}

/// A budget line's versions, the oldest first, and its at-risk approvals in the order in which they were given, each with the day from which
/// it was over.
pub(super) type History = (Vec<BudgetTerms>, Vec<(AtRiskTerms, Option<NaiveDate>)>);

pub(super) fn history(conn: &mut Conn, id: Id) -> Result<History, Refusal> {
    let rows: Vec<(LineRow, VersionRow)> = on!(conn, c => line::table.inner_join(version::table.on(version::budget_line_id.eq(line::id)))
        .filter(line::id.eq(id)).order(version::version).select((LineRow::as_select(), VersionRow::as_select())).load(c))?;
    let approvals: Vec<(ApprovalRow, Option<NaiveDate>)> = on!(conn, c => approval::table
        .left_join(end::table.on(end::at_risk_approval_id.eq(approval::id))).filter(approval::budget_line_id.eq(id))
        .order((approval::recorded_at, approval::id)).select((ApprovalRow::as_select(), end::ended_on.nullable())).load(c))?;
    let approvals = approvals.into_iter().map(|(row, ended_on)| (as_approval(row).terms, ended_on)).collect();
    Ok((rows.into_iter().map(|row| record(row).facts.terms).collect(), approvals))
}

/// The current versions of lines after the one `after`, by id.
pub(super) fn after(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<BudgetLine>, Refusal> {
    let rows: Vec<(LineRow, VersionRow)> = on!(conn, c => {
        let mut query = line::table
            .inner_join(version::table.on(version::budget_line_id.eq(line::id).and(version::version.eq(line::version))))
            .select((LineRow::as_select(), VersionRow::as_select())).order(line::id).limit(limit).into_boxed();
        if let Some(after) = after {
            query = query.filter(line::id.gt(after));
        }
        query.load(c)
    })?;
    Ok(rows.into_iter().map(record).collect())
}

/// The at-risk approvals of these lines that nothing has ended: one a line at the most.
pub(super) fn open_approvals(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, AtRiskApproval>, Refusal> {
    let rows: Vec<ApprovalRow> = on!(conn, c => approval::table.left_join(end::table.on(end::at_risk_approval_id.eq(approval::id)))
        .filter(approval::budget_line_id.eq_any(ids).and(end::at_risk_approval_id.is_null()))
        .order(approval::id).select(ApprovalRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(|row| (row.budget_line_id, as_approval(row))).collect())
}

fn as_approval(row: ApprovalRow) -> AtRiskApproval {
    AtRiskApproval {
        id: row.id,
        recorded_at: row.recorded_at,
        terms: AtRiskTerms {
            amount_pence: row.amount_pence,
            approved_on: row.approved_on,
            until: row.ends_on,
            reason: row.reason,
            figure: FigureNote {
                figure_status: row.figure_status,
                precision: row.precision,
                rounding_unit_pence: row.rounding_unit_pence,
                qualifier: row.qualifier,
            },
        },
        approved_by: row.approved_by,
        approved_by_name: row.approved_by_name,
        provenance: Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence },
    }
}

/// The lines after the one `after` whose approval has passed its last day before `today` and was not ended yet, by id.
pub(super) fn expired(conn: &mut Conn, today: NaiveDate, after: Option<Id>) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => {
        let mut query = approval::table.left_join(end::table.on(end::at_risk_approval_id.eq(approval::id)))
            .filter(approval::ends_on.lt(today).and(end::at_risk_approval_id.is_null()))
            .order(approval::budget_line_id).select(approval::budget_line_id).into_boxed();
        if let Some(after) = after {
            query = query.filter(approval::budget_line_id.gt(after));
        }
        query.load(c)
    })?;
    Ok(ids)
}

/// Keeps an approval.
pub(super) fn add_approval(conn: &mut Conn, line_id: Id, new: &AtRiskApproval) -> Result<(), Refusal> {
    let row = ApprovalRow {
        id: new.id,
        budget_line_id: line_id,
        recorded_at: new.recorded_at,
        amount_pence: new.terms.amount_pence,
        approved_on: new.terms.approved_on,
        ends_on: new.terms.until,
        reason: new.terms.reason.clone(),
        approved_by: new.approved_by,
        approved_by_name: new.approved_by_name.clone(),
        figure_status: new.terms.figure.figure_status,
        precision: new.terms.figure.precision,
        rounding_unit_pence: new.terms.figure.rounding_unit_pence,
        qualifier: new.terms.figure.qualifier.clone(),
        illustrative: new.provenance.illustrative,
        not_evidenced: new.provenance.not_evidenced.clone(),
        evidence: new.provenance.evidence.clone(),
    };
    on!(conn, c => diesel::insert_into(approval::table).values(&row).execute(c))?;
    Ok(())
}

/// Ends an approval.
pub(super) fn end_approval(conn: &mut Conn, id: Id, outcome: AtRiskOutcome, on: NaiveDate, recorded_at: Moment) -> Result<(), Refusal> {
    let values = (end::at_risk_approval_id.eq(id), end::recorded_at.eq(recorded_at), end::ended_on.eq(on), end::outcome.eq(outcome));
    on!(conn, c => diesel::insert_into(end::table).values(values).execute(c))?;
    Ok(())
}

/// What each of these lines holds now, added up by kind of account.
pub(super) fn sums_by_kind(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<(Id, AccountKind), Pence>, Refusal> {
    let rows: Vec<(Id, AccountKind, Option<i64>)> = on!(conn, c => account::table.filter(account::budget_line_id.eq_any(ids))
        .group_by((account::budget_line_id, account::kind))
        .select((account::budget_line_id, account::kind, sum_pence(account::balance_pence))).load(c))?;
    Ok(rows.into_iter().map(|(id, kind, sum)| ((id, kind), Pence(sum.unwrap_or_default()))).collect())
}

/// Where money of the line lies that nobody was promised.
pub(super) fn free(conn: &mut Conn, id: Id) -> Result<Vec<Free>, Refusal> {
    let kinds = [AccountKind::FundPeriod, AccountKind::Tranche, AccountKind::Earmark];
    let rows: Vec<(AccountKind, Id, Pence)> = on!(conn, c => account::table
        .filter(account::budget_line_id.eq(id).and(account::kind.eq_any(kinds)).and(account::balance_pence.gt(Pence::ZERO)))
        .order(account::id).select((account::kind, account::record_id, account::balance_pence)).load(c))?;
    let tranches: Vec<Id> = rows.iter().filter(|row| row.0 == AccountKind::Tranche).map(|row| row.1).collect();
    let planned: Vec<Id> = on!(conn, c => tranche::table
        .inner_join(tranche_version::table.on(tranche_version::tranche_id.eq(tranche::id).and(tranche_version::version.eq(tranche::version))))
        .filter(tranche::id.eq_any(&tranches).and(tranche_version::state.eq("planned"))).select(tranche::id).load(c))?;
    let place = |kind, id: Id| match kind {
        AccountKind::Earmark => Place::Earmark,
        AccountKind::Tranche if planned.contains(&id) => Place::PlannedTranche,
        AccountKind::Tranche => Place::OpenedTranche,
        _ => Place::FundPeriod,
    };
    Ok(rows.into_iter().map(|(kind, record_id, balance)| Free { place: place(kind, record_id), record_id, balance }).collect())
}

/// The latest business date on which money of the line arrived there.
pub(super) fn last_arrival(conn: &mut Conn, place: &Account) -> Result<Option<NaiveDate>, Refusal> {
    Ok(on!(conn, c => transfer::table
        .filter(transfer::credit_record_id.eq(place.record_id).and(transfer::credit_kind.eq(place.kind)).and(transfer::budget_line_id.eq(place.budget_line_id)))
        .select(diesel::dsl::max(transfer::effective_on)).get_result(c))?)
}

/// References and the names of their sources, of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => line::table
        .inner_join(source::table.on(source::id.eq(line::funding_source_id)))
        .inner_join(source_version::table.on(source_version::source_id.eq(source::id).and(source_version::version.eq(source::version))))
        .filter(line::id.eq_any(ids)).select((line::id, line::reference, source_version::name)).load(c))?;
    Ok(Named::by_id(rows))
}
