//! Writing awards: rows are added, and only an identity's version is ever changed.

use diesel::prelude::*;

use super::rows::{AreaRow, IdentityRow, PolicyRow, QuarterRow, ShareRow, SplitRow, Standing, TermsFrame, TermsRow, YearRow};
use crate::awards::rules::{AwardInput, Policy};
use crate::kernel::{Id, Moment, Pence, Refusal, TextList};
use crate::store::Conn;
use crate::store::schema::{
    award, award_area, award_policy, award_quarter, award_share, award_split, award_terms, award_version, award_year,
};
use crate::store::sql::Prepare;

/// A version of the terms to be written.
pub struct NewTerms<'a> {
    /// What is agreed.
    pub terms: &'a AwardInput,
    /// Number, dates and what was computed.
    pub frame: TermsFrame,
    /// The last day of the fund period: later quarters and years are indicative.
    pub period_ends_on: chrono::NaiveDate,
    /// The split, where it is settled already.
    pub split: &'a [(Id, Pence)],
}

/// Writes a new award: identity, terms and first version. Its plan is written before.
pub fn begin(conn: &mut Conn, reference: &str, (series, number): (&str, i32), recorded_at: Moment, id: Id) -> Result<(), Refusal> {
    let row = IdentityRow { id, reference, series, number, version: 1, recorded_at };
    on!(conn, c => diesel::insert_into(award::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes the next version of an award, or its first.
///
/// # Errors
/// [`Refusal::Stale`] where somebody else wrote that version first.
pub fn advance(conn: &mut Conn, next: &Standing) -> Result<(), Refusal> {
    if next.version > 1 {
        let moved = on!(conn, c => diesel::update(award::table.filter(award::id.eq(next.award_id)).filter(award::version.eq(next.version - 1)))
            .set(award::version.eq(next.version))
            .prepared()
            .execute(c))?;
        if moved == 0 {
            return Err(Refusal::Stale);
        }
    }
    on!(conn, c => diesel::insert_into(award_version::table).values(next).execute(c))?;
    Ok(())
}

/// Writes a version of the terms with its lists.
pub fn add_terms(conn: &mut Conn, new: NewTerms<'_>) -> Result<(), Refusal> {
    let (terms, ends_on) = (new.terms, new.period_ends_on);
    let (award_id, terms_no) = (new.frame.award_id, new.frame.terms_no);
    let row = TermsRow::of(terms, new.frame);
    on!(conn, c => diesel::insert_into(award_terms::table).values(&row).execute(c))?;
    let areas: Vec<AreaRow> = terms.area_ids.iter().map(|area_id| AreaRow { award_id, terms_no, area_id: *area_id }).collect();
    if !areas.is_empty() {
        on!(conn, c => diesel::insert_into(award_area::table).values(&areas).execute(c))?;
    }
    let weights = terms.split.iter().filter_map(|line| Some((line.budget_line_id, line.weight?)));
    let shares: Vec<ShareRow> = weights.map(|(budget_line_id, weight)| ShareRow { award_id, terms_no, budget_line_id, weight }).collect();
    if !shares.is_empty() {
        on!(conn, c => diesel::insert_into(award_share::table).values(&shares).execute(c))?;
    }
    let quarter = |one: &crate::awards::rules::QuarterAmount| QuarterRow {
        award_id,
        terms_no,
        quarter: one.quarter,
        amount_pence: one.amount_pence,
        is_indicative: one.is_after(ends_on),
    };
    let quarters: Vec<QuarterRow> = terms.profile.iter().map(quarter).collect();
    if !quarters.is_empty() {
        on!(conn, c => diesel::insert_into(award_quarter::table).values(&quarters).execute(c))?;
    }
    let year = |one: &crate::awards::rules::YearAmount| YearRow {
        award_id,
        terms_no,
        financial_year: one.financial_year,
        amount_pence: one.amount_pence,
        is_indicative: one.is_after(ends_on),
    };
    let years: Vec<YearRow> = terms.annual_amounts.iter().map(year).collect();
    if !years.is_empty() {
        on!(conn, c => diesel::insert_into(award_year::table).values(&years).execute(c))?;
    }
    add_split(conn, (award_id, terms_no), new.split)
}

/// Writes the settled split of a version of the terms.
pub fn add_split(conn: &mut Conn, (award_id, terms_no): (Id, i32), split: &[(Id, Pence)]) -> Result<(), Refusal> {
    let row = |(line, pence): &(Id, Pence)| SplitRow { award_id, terms_no, budget_line_id: *line, amount_pence: *pence };
    let rows: Vec<SplitRow> = split.iter().map(row).collect();
    match rows.as_slice() {
        [] => {}
        // Mostly one line pays, and a statement for one row stays prepared.
        [row] => {
            on!(conn, c => diesel::insert_into(award_split::table).values(row).execute(c))?;
        }
        all => {
            on!(conn, c => diesel::insert_into(award_split::table).values(all).execute(c))?;
        }
    }
    Ok(())
}

/// Writes what the office sets for its contracts from now on.
pub fn add_policy(conn: &mut Conn, policy: &Policy, version: i32, recorded_at: Moment) -> Result<(), Refusal> {
    let row = PolicyRow {
        version,
        recorded_at,
        social_value_threshold_pence: policy.social_value_threshold_pence,
        social_value_weight_percent: policy.social_value_weight_percent,
        living_wage_kinds: TextList(policy.living_wage_kinds.iter().map(ToString::to_string).collect()),
    };
    on!(conn, c => diesel::insert_into(award_policy::table).values(&row).execute(c))?;
    Ok(())
}
