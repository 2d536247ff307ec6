//! Agreements that pass to another party: many at once, in a few statements.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::rows::{AreaRow, QuarterRow, ShareRow, SplitRow, Standing, TermsRow, YearRow};
use crate::awards::rules::AwardState;
use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    award, award_area, award_former_party as former_party, award_quarter, award_share, award_split, award_terms, award_version, award_year,
    fund_period, service_line, service_line_version,
};
use crate::store::sql::Prepare;

/// How many rows are written at once, since a statement takes only so many parameters.
const ROWS_AT_ONCE: usize = 500;

/// Who was party to an agreement until a novation passed it on.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = former_party)]
pub struct Former {
    /// The award.
    pub award_id: Id,
    /// Who was party to it.
    pub provider_id: Id,
    /// When that became known.
    pub recorded_at: Moment,
    /// The last version of the award that it reads.
    pub version: i32,
    /// The last version of the agreement that it reads.
    pub terms_no: i32,
    /// The first day on which another provider was party.
    pub until_on: NaiveDate,
    /// The novation.
    pub novation_id: Id,
}

/// Until when this provider was party to an award, where it was and is no more.
pub fn former(conn: &mut Conn, award_id: Id, provider_id: Id) -> Result<Option<Former>, Refusal> {
    let found: Option<Former> =
        on!(conn, c => former_party::table.find((award_id, provider_id)).select(Former::as_select()).first(c).optional())?;
    Ok(found)
}

/// The body that was party to an agreement on a day; before the first one holds, that of the first.
pub fn body_on(conn: &mut Conn, award_id: Id, day: NaiveDate) -> Result<Option<Id>, Refusal> {
    let rows: Vec<(NaiveDate, Option<Id>)> = on!(conn, c => award_terms::table.filter(award_terms::award_id.eq(award_id))
        .order(award_terms::terms_no).select((award_terms::effective_on, award_terms::commissioning_body_id)).load(c))?;
    Ok(held_on(&rows, day))
}

/// The body that was party on a day, by these versions of an agreement in their order.
pub(super) fn held_on(rows: &[(NaiveDate, Option<Id>)], day: NaiveDate) -> Option<Id> {
    let held = rows.iter().rev().find(|(from, _)| *from <= day).or(rows.first());
    held.and_then(|(_, body)| *body)
}

/// Whether this provider was party to any award that has passed to another.
pub(super) fn was_party(conn: &mut Conn, provider_id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(former_party::table.filter(former_party::provider_id.eq(provider_id))))
        .prepared().get_result(c))?)
}

/// What must be known of an award that may pass to another party.
#[derive(Debug, Clone)]
pub struct NovableRow {
    pub id: Id,
    pub reference: String,
    pub title: String,
    pub state: AwardState,
    pub terms_no: i32,
    pub offered_terms_no: Option<i32>,
    pub accepted_on: Option<NaiveDate>,
    pub terms_from: NaiveDate,
    pub fund_id: Id,
    pub provider_id: Option<Id>,
    pub body_id: Option<Id>,
    pub amount: Option<Pence>,
}

/// The awards of a provider or of a commissioning body that are in one of these states, by reference; or those among `ids`, in any state.
pub fn novable(
    conn: &mut Conn,
    (provider, body): (Option<Id>, Option<Id>),
    states: &[AwardState],
    ids: Option<&[Id]>,
) -> Result<Vec<NovableRow>, Refusal> {
    type Row =
        ((Id, String, String), (AwardState, i32, Option<i32>, Option<NaiveDate>), (NaiveDate, Id, Option<Id>, Option<Id>, Option<Pence>));
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
            .inner_join(fund_period::table.on(fund_period::id.eq(award_terms::fund_period_id)))
            .order(award::reference)
            .select((
                (award::id, award::reference, award_terms::title),
                (award_version::state, award_version::terms_no, award_version::offered_terms_no, award_version::accepted_on),
                (award_terms::effective_on, fund_period::fund_id, award_terms::provider_id,
                    award_terms::commissioning_body_id, award_terms::amount_pence),
            ))
            .into_boxed();
        if let Some(provider) = provider { query = query.filter(award_terms::provider_id.eq(provider)); }
        if let Some(body) = body { query = query.filter(award_terms::commissioning_body_id.eq(body)); }
        query = match ids {
            Some(ids) => query.filter(award::id.eq_any(ids)),
            None => query.filter(award_version::state.eq_any(states)),
        };
        query.load(c)
    })?;
    let turn = |((id, reference, title), (state, terms_no, offered_terms_no, accepted_on), of_terms): Row| {
        let (terms_from, fund_id, provider_id, body_id, amount) = of_terms;
        NovableRow {
            id,
            reference,
            title,
            state,
            terms_no,
            offered_terms_no,
            accepted_on,
            terms_from,
            fund_id,
            provider_id,
            body_id,
            amount,
        }
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// The service lines among `ids`, and those of a provider, by their names in small letters.
pub fn novable_lines(conn: &mut Conn, ids: &[Id], to: Id) -> Result<(HashMap<Id, String>, HashMap<String, Id>), Refusal> {
    let rows: Vec<(Id, Id, String)> = on!(conn, c => service_line::table
        .inner_join(service_line_version::table.on(service_line_version::service_line_id.eq(service_line::id)
            .and(service_line_version::version.eq(service_line::version))))
        .filter(service_line::provider_id.eq(to).or(service_line::id.eq_any(ids)))
        .select((service_line::id, service_line::provider_id, service_line_version::name)).load(c))?;
    let old = rows.iter().filter(|(_, owner, _)| *owner != to).map(|(id, _, name)| (*id, name.to_lowercase())).collect();
    let own = rows.iter().filter(|(_, owner, _)| *owner == to).map(|(id, _, name)| (name.to_lowercase(), *id)).collect();
    Ok((old, own))
}

/// The current version of each of these awards' standing.
pub fn standings_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Standing>, Refusal> {
    let mut all = Vec::new();
    for some in ids.chunks(ROWS_AT_ONCE) {
        let rows: Vec<Standing> = on!(conn, c => award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .filter(award::id.eq_any(some)).select(Standing::as_select()).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// The terms of each of these awards that hold now.
pub fn terms_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, TermsRow>, Refusal> {
    let mut all = HashMap::new();
    for some in ids.chunks(ROWS_AT_ONCE) {
        let rows: Vec<TermsRow> = on!(conn, c => award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
            .filter(award::id.eq_any(some)).select(TermsRow::as_select()).load(c))?;
        all.extend(rows.into_iter().map(|row| (row.award_id, row)));
    }
    Ok(all)
}

/// The next terms of an award, whose lists are those of the terms before.
#[derive(Debug, Clone)]
pub struct TermsStep {
    /// The number of the terms before.
    pub before_no: i32,
    /// The next terms.
    pub row: TermsRow,
}

/// The next version of an award's standing.
pub type VersionStep = Standing;

/// Writes the next terms of many awards with their lists, and the next version of each. Who was party is kept as such.
///
/// # Errors
/// [`Refusal::Stale`] where an award has moved on.
pub fn pass_on(conn: &mut Conn, terms: &[TermsStep], versions: &[VersionStep], formers: &[Former]) -> Result<(), Refusal> {
    for some in terms.chunks(ROWS_AT_ONCE) {
        let rows: Vec<&TermsRow> = some.iter().map(|step| &step.row).collect();
        on!(conn, c => diesel::insert_into(award_terms::table).values(rows).execute(c))?;
        copy_lists(conn, some)?;
    }
    for some in versions.chunks(ROWS_AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|one| one.award_id).collect();
        let moved = on!(conn, c => diesel::update(award::table.filter(award::id.eq_any(&ids)))
            .set(award::version.eq(award::version + 1)).execute(c))?;
        if moved != some.len() {
            return Err(Refusal::Stale);
        }
        on!(conn, c => diesel::insert_into(award_version::table).values(some).execute(c))?;
    }
    for some in formers.chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(former_party::table).values(some).execute(c))?;
    }
    Ok(())
}

/// Takes away that a provider was party to these awards: it is again.
pub fn party_again(conn: &mut Conn, ids: &[Id], provider_id: Id) -> Result<(), Refusal> {
    for some in ids.chunks(ROWS_AT_ONCE) {
        let key = former_party::table.filter(former_party::award_id.eq_any(some)).filter(former_party::provider_id.eq(provider_id));
        on!(conn, c => diesel::delete(key).execute(c))?;
    }
    Ok(())
}

/// Gives the next terms of these awards the lists of the terms before.
fn copy_lists(conn: &mut Conn, some: &[TermsStep]) -> Result<(), Refusal> {
    let ids: Vec<Id> = some.iter().map(|step| step.row.award_id).collect();
    let numbers: HashMap<Id, (i32, i32)> = some.iter().map(|step| (step.row.award_id, (step.before_no, step.row.terms_no))).collect();
    let next = |award_id: Id, terms_no: i32| numbers.get(&award_id).filter(|(before, _)| *before == terms_no).map(|(_, after)| *after);
    let areas: Vec<AreaRow> =
        on!(conn, c => award_area::table.filter(award_area::award_id.eq_any(&ids)).select(AreaRow::as_select()).load(c))?;
    let areas = areas.into_iter().filter_map(|row| Some(AreaRow { terms_no: next(row.award_id, row.terms_no)?, ..row }));
    for rows in areas.collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(award_area::table).values(rows).execute(c))?;
    }
    let split: Vec<SplitRow> =
        on!(conn, c => award_split::table.filter(award_split::award_id.eq_any(&ids)).select(SplitRow::as_select()).load(c))?;
    let split = split.into_iter().filter_map(|row| Some(SplitRow { terms_no: next(row.award_id, row.terms_no)?, ..row }));
    for rows in split.collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(award_split::table).values(rows).execute(c))?;
    }
    let shares: Vec<ShareRow> =
        on!(conn, c => award_share::table.filter(award_share::award_id.eq_any(&ids)).select(ShareRow::as_select()).load(c))?;
    let shares = shares.into_iter().filter_map(|row| Some(ShareRow { terms_no: next(row.award_id, row.terms_no)?, ..row }));
    for rows in shares.collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(award_share::table).values(rows).execute(c))?;
    }
    let quarters: Vec<QuarterRow> =
        on!(conn, c => award_quarter::table.filter(award_quarter::award_id.eq_any(&ids)).select(QuarterRow::as_select()).load(c))?;
    let quarters = quarters.into_iter().filter_map(|row| Some(QuarterRow { terms_no: next(row.award_id, row.terms_no)?, ..row }));
    for rows in quarters.collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(award_quarter::table).values(rows).execute(c))?;
    }
    let years: Vec<YearRow> =
        on!(conn, c => award_year::table.filter(award_year::award_id.eq_any(&ids)).select(YearRow::as_select()).load(c))?;
    let years = years.into_iter().filter_map(|row| Some(YearRow { terms_no: next(row.award_id, row.terms_no)?, ..row }));
    for rows in years.collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(award_year::table).values(rows).execute(c))?;
    }
    Ok(())
}
