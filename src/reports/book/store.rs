//! What a book is read from.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Pence, Quarter, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{
    at_risk_approval, at_risk_end, award, award_area, award_quarter, award_terms, award_version, budget_line, budget_line_shortfall,
    budget_line_version, earmark_version,
};
use crate::store::sql::sum_pence;

/// A budget line: its period and its source never change.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct LineRow {
    pub id: Id,
    pub period_id: Id,
    pub source_id: Id,
}

/// What a budget line was in one version.
#[derive(Debug, Clone)]
pub struct LineVersionRow {
    pub line_id: Id,
    pub state: String,
    /// What of it can be commissioned: all but what is for internal use, nothing where that is not known (R12).
    pub amount: Pence,
}

/// An award in the version that holds.
#[derive(Debug, Clone, Queryable)]
pub struct AwardRow {
    pub id: Id,
    pub reference: String,
    pub state: String,
    pub illustrative: bool,
    pub is_evidenced: bool,
    pub terms_no: i32,
    pub period_id: Id,
    pub tranche_id: Option<Id>,
    pub provider_id: Option<Id>,
    pub programme_id: Option<Id>,
    pub component_of: Option<Id>,
    pub succeeds: Option<Id>,
    pub category: Option<String>,
    pub theme: Option<String>,
    pub amount: Option<Pence>,
    pub forward: Pence,
    pub projects: i32,
    pub position: Option<i32>,
    pub ended_on: Option<NaiveDate>,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

pub fn lines(conn: &mut Conn, at: At) -> Result<Vec<LineRow>, Refusal> {
    Ok(on!(conn, c => budget_line::table.filter(budget_line::recorded_at.le(at.known_at)).order(budget_line::id)
        .select((budget_line::id, budget_line::fund_period_id, budget_line::funding_source_id)).load(c))?)
}

/// Versions of lines that had taken effect; the last of a line is the one that holds, also where one before it was meant for a later day.
pub fn line_versions(conn: &mut Conn, at: At) -> Result<Vec<LineVersionRow>, Refusal> {
    use budget_line_version as version;
    let rows: Vec<(Id, String, Pence, Option<Pence>)> = on!(conn, c => version::table
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .order((version::budget_line_id, version::version))
        .select((version::budget_line_id, version::state, version::amount_pence, version::internal_pence)).load(c))?;
    let available = |whole: Pence, internal: Option<Pence>| internal.map_or(Pence::ZERO, |internal| whole - internal);
    Ok(rows
        .into_iter()
        .map(|(line_id, state, whole, internal)| LineVersionRow { line_id, state, amount: available(whole, internal) })
        .collect())
}

/// What is approved at risk for each line, of approvals that had begun and not ended.
pub fn approvals(conn: &mut Conn, at: At) -> Result<Vec<(Id, Option<Pence>)>, Refusal> {
    use at_risk_approval as approval;
    Ok(on!(conn, c => approval::table
        .filter(approval::recorded_at.le(at.known_at).and(approval::approved_on.le(at.as_at)))
        .filter(approval::ends_on.is_null().or(approval::ends_on.ge(at.as_at)))
        .filter(not(exists(at_risk_end::table.filter(at_risk_end::at_risk_approval_id.eq(approval::id))
            .filter(at_risk_end::recorded_at.le(at.known_at).and(at_risk_end::ended_on.le(at.as_at))))))
        .group_by(approval::budget_line_id).select((approval::budget_line_id, sum_pence(approval::amount_pence))).load(c))?)
}

/// What is promised beyond each line.
pub fn shortfalls(conn: &mut Conn, at: At) -> Result<Vec<(Id, Option<Pence>)>, Refusal> {
    use budget_line_shortfall as shortfall;
    Ok(on!(conn, c => shortfall::table
        .filter(shortfall::recorded_at.le(at.known_at).and(shortfall::effective_on.le(at.as_at)))
        .group_by(shortfall::budget_line_id).select((shortfall::budget_line_id, sum_pence(shortfall::change_pence))).load(c))?)
}

/// The programme that each earmark is for.
pub fn earmark_programmes(conn: &mut Conn, at: At) -> Result<Vec<(Id, Option<Id>)>, Refusal> {
    use earmark_version as version;
    Ok(on!(conn, c => version::table
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .order((version::earmark_id, version::version)).select((version::earmark_id, version::programme_id)).load(c))?)
}

diesel::alias!(award_version as later: LaterVersion);

/// How many awards a statement names, since it takes only so many parameters.
const NAMED_AT_ONCE: usize = 5_000;

/// Awards in the latest version that was known and had taken effect. Of nearly all awards that is the newest there is; only of those of which that does not hold
/// an earlier one is looked for, from the newest down. Awards are named, so that each is looked up by its key however many versions there are.
pub fn awards(conn: &mut Conn, at: At) -> Result<Vec<AwardRow>, Refusal> {
    let all = award_ids(conn)?;
    some_awards(conn, at, &all)
}

/// All awards there are.
pub fn award_ids(conn: &mut Conn) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => award::table.order(award::id).select(award::id).load(c))?)
}

/// The same of some awards.
pub fn some_awards(conn: &mut Conn, at: At, all: &[Id]) -> Result<Vec<AwardRow>, Refusal> {
    let mut rows = in_version(conn, at, all, true)?;
    if rows.len() < all.len() {
        let found: HashSet<Id> = rows.iter().map(|row| row.id).collect();
        let left: Vec<Id> = all.iter().copied().filter(|id| !found.contains(id)).collect();
        rows.extend(in_version(conn, at, &left, false)?);
    }
    Ok(rows)
}

/// Those of these awards whose newest version holds, or each in the last version that does.
fn in_version(conn: &mut Conn, at: At, awards: &[Id], is_newest: bool) -> Result<Vec<AwardRow>, Refusal> {
    use award_terms as terms;
    use award_version as version;
    let mut all = Vec::new();
    for some in awards.chunks(NAMED_AT_ONCE) {
        let rows: Vec<AwardRow> = on!(conn, c => {
            let query = award::table
                .inner_join(version::table.on(version::award_id.eq(award::id)))
                .inner_join(terms::table.on(terms::award_id.eq(version::award_id).and(terms::terms_no.eq(version::terms_no))))
                .filter(award::id.eq_any(some))
                .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
                .select((award::id, award::reference, version::state, version::illustrative, version::not_evidenced.eq("[]"),
                    version::terms_no, terms::fund_period_id, terms::tranche_id, terms::provider_id, terms::programme_id, terms::component_of,
                    terms::succeeds, terms::category, terms::theme, terms::amount_pence, terms::forward_pence, terms::projects_count,
                    terms::position, version::ended_on, terms::starts_on, terms::ends_on))
                .into_boxed();
            if is_newest {
                query.filter(version::version.eq(award::version)).load(c)
            } else {
                let last = later.filter(later.field(version::award_id).eq(award::id))
                    .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at)))
                    .order(later.field(version::version).desc()).select(later.field(version::version)).single_value();
                query.filter(version::version.nullable().eq(last)).load(c)
            }
        })?;
        all.extend(rows);
    }
    Ok(all)
}

/// All awards with their references, in no order.
pub fn references(conn: &mut Conn) -> Result<Vec<(Id, String)>, Refusal> {
    Ok(on!(conn, c => award::table.select((award::id, award::reference)).load(c))?)
}

/// The awards of which any terms say where they were printed in a list.
pub fn ever_placed(conn: &mut Conn) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => award_terms::table.filter(award_terms::position.is_not_null()).distinct().select(award_terms::award_id).load(c))?)
}

/// The awards of which any terms say that they go on with one of these.
pub fn ever_after(conn: &mut Conn, forerunners: &[Id]) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => award_terms::table.filter(award_terms::succeeds.assume_not_null().eq_any(forerunners)).distinct()
        .select(award_terms::award_id).load(c))?)
}

/// Awards by the number of the terms that are asked for, so that no other terms of theirs are read, however often they were varied.
fn by_terms(awards: &[(Id, i32)]) -> Vec<(i32, Vec<Id>)> {
    let mut all: BTreeMap<i32, Vec<Id>> = BTreeMap::new();
    for (award, terms_no) in awards {
        all.entry(*terms_no).or_default().push(*award);
    }
    let pieces = |(terms_no, ids): (i32, Vec<Id>)| ids.chunks(NAMED_AT_ONCE).map(|some| (terms_no, some.to_vec())).collect::<Vec<_>>();
    all.into_iter().flat_map(pieces).collect()
}

/// Which areas these terms of awards name.
pub fn award_areas(conn: &mut Conn, awards: &[(Id, i32)]) -> Result<Vec<(Id, Id)>, Refusal> {
    let mut all = Vec::new();
    for (terms_no, some) in by_terms(awards) {
        let rows: Vec<(Id, Id)> = on!(conn, c => award_area::table
            .filter(award_area::award_id.eq_any(&some).and(award_area::terms_no.eq(terms_no)))
            .select((award_area::award_id, award_area::area_id)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// The titles of these terms of awards.
pub fn award_titles(conn: &mut Conn, awards: &[(Id, i32)]) -> Result<HashMap<Id, String>, Refusal> {
    let mut all = HashMap::new();
    for (terms_no, some) in by_terms(awards) {
        let rows: Vec<(Id, String)> = on!(conn, c => award_terms::table
            .filter(award_terms::award_id.eq_any(&some).and(award_terms::terms_no.eq(terms_no)))
            .select((award_terms::award_id, award_terms::title)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// The profiles of these terms of awards: quarters that are funded, not those that are only indicative.
pub fn profiles(conn: &mut Conn, awards: &[(Id, i32)]) -> Result<Vec<(Id, Quarter, Pence)>, Refusal> {
    let mut all = Vec::new();
    for (terms_no, some) in by_terms(awards) {
        let rows: Vec<(Id, Quarter, Pence)> = on!(conn, c => award_quarter::table
            .filter(award_quarter::award_id.eq_any(&some).and(award_quarter::terms_no.eq(terms_no)))
            .filter(award_quarter::is_indicative.eq(false))
            .select((award_quarter::award_id, award_quarter::quarter, award_quarter::amount_pence)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}
