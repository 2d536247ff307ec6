//! Claims in the database.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::claims::Claim;
use crate::funds::claims::rules::{Certificate, ClaimFacts, ClaimState, ClaimTerms, OutstandingReturns, Receipt};
use crate::funds::record::Record;
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Provenance, Refusal, TextList};
use crate::store::Conn;
use crate::store::schema::{budget_line as line, funder_claim as claim, funder_claim_receipt as receipt, funder_claim_version as version};

/// What a list of claims can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct FunderClaimFilter {
    /// Only those that have come so far.
    pub state: Option<ClaimState>,
    /// Only those against this budget line.
    pub budget_line_id: Option<Id>,
    /// Only those for money of this fund period.
    pub fund_period_id: Option<Id>,
    /// Only those to this funder.
    pub funding_source_id: Option<Id>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = claim)]
struct ClaimRow {
    reference: String,
    budget_line_id: Id,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    funder_claim_id: Id,
    version: i32,
    recorded_at: Moment,
    recorded_by: Option<Id>,
    state: ClaimState,
    amount_pence: Pence,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    note: Option<String>,
    statement: Option<String>,
    certified_on: Option<NaiveDate>,
    certified_by: Option<Id>,
    certified_by_name: Option<String>,
    reason: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
    days_reason: Option<String>,
    outstanding_returns: Option<i64>,
    outstanding_reason: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = receipt)]
struct ReceiptRow {
    funder_claim_id: Id,
    version: i32,
    recorded_at: Moment,
    recorded_by: Option<Id>,
    recorded_by_name: String,
    amount_pence: Pence,
    received_on: NaiveDate,
    reference: String,
}

/// Rows as records, each with the receipts of the versions up to its own.
fn assemble(conn: &mut Conn, rows: Vec<(ClaimRow, VersionRow)>) -> Result<Vec<Claim>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, row)| row.funder_claim_id).collect();
    let receipts: Vec<ReceiptRow> = on!(conn, c => receipt::table.filter(receipt::funder_claim_id.eq_any(&ids))
        .order((receipt::funder_claim_id, receipt::version)).select(ReceiptRow::as_select()).load(c))?;
    let mut receipts_of: HashMap<Id, Vec<Receipt>> = HashMap::new();
    for row in receipts {
        receipts_of.entry(row.funder_claim_id).or_default().push(receipt_of(row));
    }
    let turn = |(identity, row): (ClaimRow, VersionRow)| {
        let all = receipts_of.get(&row.funder_claim_id).into_iter().flatten();
        let receipts = all.filter(|receipt| receipt.version <= row.version).cloned().collect();
        record(identity, row, receipts)
    };
    Ok(rows.into_iter().map(turn).collect())
}

fn receipt_of(row: ReceiptRow) -> Receipt {
    Receipt {
        version: row.version,
        recorded_at: row.recorded_at,
        recorded_by: row.recorded_by,
        recorded_by_name: row.recorded_by_name,
        amount_pence: row.amount_pence,
        received_on: row.received_on,
        reference: row.reference,
    }
}

fn record(identity: ClaimRow, row: VersionRow, receipts: Vec<Receipt>) -> Claim {
    let outstanding = row.outstanding_returns.zip(row.outstanding_reason);
    let outstanding_returns = outstanding.map(|(return_count, reason)| OutstandingReturns { return_count, reason });
    let certificate = match (row.statement, row.certified_on, row.certified_by_name) {
        (Some(statement), Some(certified_on), Some(certified_by_name)) => {
            Some(Certificate { statement, certified_on, certified_by: row.certified_by, certified_by_name, outstanding_returns })
        }
        _ => None,
    };
    let terms = ClaimTerms {
        state: row.state,
        amount_pence: row.amount_pence,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        days_reason: row.days_reason,
        note: row.note,
        certificate,
        receipts,
        reason: row.reason,
    };
    let ClaimRow { reference, budget_line_id } = identity;
    let facts = ClaimFacts { reference, budget_line_id, recorded_by: row.recorded_by, terms };
    let provenance = Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence };
    Record { id: row.funder_claim_id, version: row.version, recorded_at: row.recorded_at, facts, provenance }
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Claim>, Refusal> {
    let row: Option<(ClaimRow, VersionRow)> = on!(conn, c => claim::table
        .inner_join(version::table.on(version::funder_claim_id.eq(claim::id).and(version::version.eq(claim::version))))
        .filter(claim::id.eq(id)).select((ClaimRow::as_select(), VersionRow::as_select())).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// The current versions of all claims against a budget line, in the order in which they were made.
pub(super) fn of_line(conn: &mut Conn, line_id: Id) -> Result<Vec<Claim>, Refusal> {
    let rows: Vec<(ClaimRow, VersionRow)> = on!(conn, c => claim::table
        .inner_join(version::table.on(version::funder_claim_id.eq(claim::id).and(version::version.eq(claim::version))))
        .filter(claim::budget_line_id.eq(line_id)).order(claim::id)
        .select((ClaimRow::as_select(), VersionRow::as_select())).load(c))?;
    assemble(conn, rows)
}

/// A page of current versions, in the order in which the claims were made.
pub(super) fn page(conn: &mut Conn, filter: &FunderClaimFilter, request: &PageRequest) -> Result<Page<Claim>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<(ClaimRow, VersionRow)> = on!(conn, c => {
        let mut query = claim::table
            .inner_join(version::table.on(version::funder_claim_id.eq(claim::id).and(version::version.eq(claim::version))))
            .inner_join(line::table.on(line::id.eq(claim::budget_line_id)))
            .select((ClaimRow::as_select(), VersionRow::as_select())).order(claim::id).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(claim::id.gt(after));
        }
        if let Some(state) = filter.state {
            query = query.filter(version::state.eq(state));
        }
        if let Some(id) = filter.budget_line_id {
            query = query.filter(claim::budget_line_id.eq(id));
        }
        if let Some(id) = filter.fund_period_id {
            query = query.filter(line::fund_period_id.eq(id));
        }
        if let Some(id) = filter.funding_source_id {
            query = query.filter(line::funding_source_id.eq(id));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |record| record.id))
}

/// How many claims there are.
pub(super) fn count(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => claim::table.count().get_result(c))?)
}

/// Each of these claims with everybody who wrote a version of it.
pub(super) fn authors(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<(Id, Id)>, Refusal> {
    let authors: Vec<(Id, Option<Id>)> = on!(conn, c => version::table
        .filter(version::funder_claim_id.eq_any(ids)).select((version::funder_claim_id, version::recorded_by)).load(c))?;
    Ok(authors.into_iter().filter_map(|(claim, author)| author.map(|author| (claim, author))).collect())
}

/// Writes the identity. False where the reference is taken.
pub(super) fn begin(conn: &mut Conn, record: &Claim) -> Result<bool, Refusal> {
    let values = (
        claim::id.eq(record.id),
        claim::reference.eq(&record.facts.reference),
        claim::budget_line_id.eq(record.facts.budget_line_id),
        claim::version.eq(record.version),
        claim::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(claim::table).values(values).on_conflict(claim::reference).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &Claim) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(claim::table.filter(claim::id.eq(record.id).and(claim::version.eq(record.version - 1))))
        .set(claim::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version, with the receipt that it notes.
pub(super) fn add_version(conn: &mut Conn, record: &Claim) -> Result<(), Refusal> {
    let row = version_row(record);
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    for one in record.facts.terms.receipts.iter().filter(|one| one.version == record.version) {
        let one = one.clone();
        let row = ReceiptRow {
            funder_claim_id: record.id,
            version: one.version,
            recorded_at: one.recorded_at,
            recorded_by: one.recorded_by,
            recorded_by_name: one.recorded_by_name,
            amount_pence: one.amount_pence,
            received_on: one.received_on,
            reference: one.reference,
        };
        on!(conn, c => diesel::insert_into(receipt::table).values(&row).execute(c))?;
    }
    Ok(())
}

fn version_row(record: &Claim) -> VersionRow {
    let (terms, provenance) = (record.facts.terms.clone(), record.provenance.clone());
    let outstanding = terms.certificate.as_ref().and_then(|one| one.outstanding_returns.clone());
    let (outstanding_returns, outstanding_reason) = outstanding.map(|one| (one.return_count, one.reason)).unzip();
    let (statement, certified_on, certified_by, certified_by_name) = match terms.certificate {
        Some(one) => (Some(one.statement), Some(one.certified_on), one.certified_by, Some(one.certified_by_name)),
        None => (None, None, None, None),
    };
    VersionRow {
        funder_claim_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        recorded_by: record.facts.recorded_by,
        state: terms.state,
        amount_pence: terms.amount_pence,
        starts_on: terms.starts_on,
        ends_on: terms.ends_on,
        note: terms.note,
        statement,
        certified_on,
        certified_by,
        certified_by_name,
        reason: terms.reason,
        illustrative: provenance.illustrative,
        not_evidenced: provenance.not_evidenced,
        evidence: provenance.evidence,
        days_reason: terms.days_reason,
        outstanding_returns,
        outstanding_reason,
    }
}
