//! Contributions in the database.

use diesel::prelude::*;

use crate::kernel::{FigureStatus, Id, Moment, Page, PageRequest, Pence, Precision, Provenance, Refusal, TextList};
use crate::providers::programmes::contributions::rules::{Contribution, ContributionInput, ContributionKind};
use crate::store::Conn;
use crate::store::schema::{award, contribution, contribution_version, funding_source};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = contribution_version)]
struct VersionRow {
    contribution_id: Id,
    version: i32,
    recorded_at: Moment,
    programme_id: Option<Id>,
    fund_id: Option<Id>,
    source_id: Id,
    amount_pence: Option<Pence>,
    kind: Option<ContributionKind>,
    confirmed: Option<bool>,
    award_id: Option<Id>,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    rounding_unit_pence: Option<Pence>,
    qualifier: Option<String>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

fn contribution_of((reference, row): (String, VersionRow)) -> Contribution {
    Contribution {
        id: row.contribution_id,
        reference,
        version: row.version,
        recorded_at: row.recorded_at,
        programme_id: row.programme_id,
        facts: ContributionInput {
            source_id: row.source_id,
            fund_id: row.fund_id,
            amount_pence: row.amount_pence,
            kind: row.kind,
            confirmed: row.confirmed,
            award_id: row.award_id,
            figure_status: row.figure_status,
            precision: row.precision,
            rounding_unit_pence: row.rounding_unit_pence,
            qualifier: row.qualifier,
            note: row.note,
        },
        provenance: Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence },
    }
}

/// The contribution as it is now.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Contribution>, Refusal> {
    let row: Option<(String, VersionRow)> = on!(conn, c => contribution::table
        .inner_join(contribution_version::table.on(contribution_version::contribution_id.eq(contribution::id)
            .and(contribution_version::version.eq(contribution::version))))
        .filter(contribution::id.eq(id))
        .select((contribution::reference, VersionRow::as_select()))
        .first(c)
        .optional())?;
    Ok(row.map(contribution_of))
}

/// A page of what others pay for a programme, in the order in which it was added.
pub fn page(conn: &mut Conn, programme: Id, page: &PageRequest) -> Result<Page<Contribution>, Refusal> {
    let after: Option<Id> = page.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = contribution::table
            .inner_join(contribution_version::table.on(contribution_version::contribution_id.eq(contribution::id)
                .and(contribution_version::version.eq(contribution::version))))
            .filter(contribution_version::programme_id.eq(programme))
            .order(contribution::id)
            .limit(page.fetch())
            .select((contribution::reference, VersionRow::as_select()))
            .into_boxed();
        if let Some(after) = after { query = query.filter(contribution::id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(contribution_of).collect(), page, |contribution| contribution.id))
}

/// How many contributions there are.
pub fn count(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => contribution::table.count().get_result(c))?)
}

/// Whether there is such a funding source.
pub fn has_source(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(funding_source::table.find(id))).get_result(c))?)
}

/// Whether there is such an award.
pub fn has_award(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(award::table.find(id))).get_result(c))?)
}

/// Writes a new contribution in its first version.
pub fn insert(conn: &mut Conn, new: &Contribution) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(contribution::table)
        .values((
            contribution::id.eq(new.id),
            contribution::reference.eq(&new.reference),
            contribution::version.eq(new.version),
            contribution::recorded_at.eq(new.recorded_at),
        ))
        .execute(c))?;
    insert_version(conn, new)
}

/// Adds the next version, where nobody was faster.
pub fn advance(conn: &mut Conn, next: &Contribution) -> Result<(), Refusal> {
    let current = contribution::table.find(next.id).filter(contribution::version.eq(next.version - 1));
    let moved = on!(conn, c => diesel::update(current).set(contribution::version.eq(next.version)).execute(c))?;
    if moved == 0 {
        return Err(Refusal::Stale);
    }
    insert_version(conn, next)
}

fn insert_version(conn: &mut Conn, one: &Contribution) -> Result<(), Refusal> {
    let facts = one.facts.clone();
    let row = VersionRow {
        contribution_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        programme_id: one.programme_id,
        fund_id: facts.fund_id,
        source_id: facts.source_id,
        amount_pence: facts.amount_pence,
        kind: facts.kind,
        confirmed: facts.confirmed,
        award_id: facts.award_id,
        figure_status: facts.figure_status,
        precision: facts.precision,
        rounding_unit_pence: facts.rounding_unit_pence,
        qualifier: facts.qualifier,
        note: facts.note,
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced.clone(),
        evidence: one.provenance.evidence.clone(),
    };
    on!(conn, c => diesel::insert_into(contribution_version::table).values(&row).execute(c))?;
    Ok(())
}
