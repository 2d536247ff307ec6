//! Claims of savings in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{FigureStatus, Id, Moment, Page, PageRequest, Pence, Quantity, Refusal};
use crate::providers::programmes::savings::rules::{RatioOrder, SavingsClaim, SavingsClaimInput};
use crate::store::Conn;
use crate::store::schema::{savings_claim, savings_claim_version as version};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    savings_claim_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    claimed_by: String,
    as_at: Option<NaiveDate>,
    cost_pence: Option<Pence>,
    benefit_pence: Option<Pence>,
    printed_benefit_per_pound_thousandths: Option<Quantity>,
    printed_order: Option<RatioOrder>,
    method: Option<String>,
    base: Option<String>,
    comparator: Option<String>,
    figure_status: FigureStatus,
    evidence: Option<String>,
    note: Option<String>,
}

fn claim_of((reference, programme_id, row): (String, Id, VersionRow)) -> SavingsClaim {
    SavingsClaim {
        id: row.savings_claim_id,
        reference,
        version: row.version,
        recorded_at: row.recorded_at,
        programme_id,
        facts: SavingsClaimInput {
            name: row.name,
            claimed_by: row.claimed_by,
            as_at: row.as_at,
            cost_pence: row.cost_pence,
            benefit_pence: row.benefit_pence,
            printed_benefit_per_pound: row.printed_benefit_per_pound_thousandths,
            printed_order: row.printed_order,
            method: row.method,
            base: row.base,
            comparator: row.comparator,
            figure_status: row.figure_status,
            evidence: row.evidence,
            note: row.note,
        },
    }
}

/// The claim as it is now.
pub(super) fn find(conn: &mut Conn, id: Id) -> Result<Option<SavingsClaim>, Refusal> {
    let row: Option<(String, Id, VersionRow)> = on!(conn, c => savings_claim::table
        .inner_join(version::table.on(version::savings_claim_id.eq(savings_claim::id).and(version::version.eq(savings_claim::version))))
        .filter(savings_claim::id.eq(id))
        .select((savings_claim::reference, savings_claim::programme_id, VersionRow::as_select()))
        .first(c)
        .optional())?;
    Ok(row.map(claim_of))
}

/// A page of what a programme is said to save, in the order in which it was added.
pub(super) fn page(conn: &mut Conn, programme: Id, page: &PageRequest) -> Result<Page<SavingsClaim>, Refusal> {
    let after: Option<Id> = page.after()?;
    let rows: Vec<(String, Id, VersionRow)> = on!(conn, c => {
        let mut query = savings_claim::table
            .inner_join(version::table.on(version::savings_claim_id.eq(savings_claim::id).and(version::version.eq(savings_claim::version))))
            .filter(savings_claim::programme_id.eq(programme))
            .order(savings_claim::id)
            .limit(page.fetch())
            .select((savings_claim::reference, savings_claim::programme_id, VersionRow::as_select()))
            .into_boxed();
        if let Some(after) = after { query = query.filter(savings_claim::id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(claim_of).collect(), page, |claim| claim.id))
}

/// How many claims there are.
pub(super) fn count(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => savings_claim::table.count().get_result(c))?)
}

/// Writes a new claim in its first version.
pub(super) fn insert(conn: &mut Conn, new: &SavingsClaim) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(savings_claim::table)
        .values((
            savings_claim::id.eq(new.id),
            savings_claim::reference.eq(&new.reference),
            savings_claim::programme_id.eq(new.programme_id),
            savings_claim::version.eq(new.version),
            savings_claim::recorded_at.eq(new.recorded_at),
        ))
        .execute(c))?;
    insert_version(conn, new)
}

/// Adds the next version, where nobody was faster.
pub(super) fn advance(conn: &mut Conn, next: &SavingsClaim) -> Result<(), Refusal> {
    let current = savings_claim::table.find(next.id).filter(savings_claim::version.eq(next.version - 1));
    let moved = on!(conn, c => diesel::update(current).set(savings_claim::version.eq(next.version)).execute(c))?;
    if moved == 0 {
        return Err(Refusal::Stale);
    }
    insert_version(conn, next)
}

fn insert_version(conn: &mut Conn, one: &SavingsClaim) -> Result<(), Refusal> {
    let facts = one.facts.clone();
    let row = VersionRow {
        savings_claim_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        name: facts.name,
        claimed_by: facts.claimed_by,
        as_at: facts.as_at,
        cost_pence: facts.cost_pence,
        benefit_pence: facts.benefit_pence,
        printed_benefit_per_pound_thousandths: facts.printed_benefit_per_pound,
        printed_order: facts.printed_order,
        method: facts.method,
        base: facts.base,
        comparator: facts.comparator,
        figure_status: facts.figure_status,
        evidence: facts.evidence,
        note: facts.note,
    };
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}
