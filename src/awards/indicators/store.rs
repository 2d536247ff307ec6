//! The SQL of indicators.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::access::Scope;
use crate::awards::indicators::rules::{
    AddsOverAreas, AddsOverTime, AsksFor, Breakdown, FrameworkCode, Indicator, IndicatorDirection, IndicatorInput, IndicatorKind,
    IndicatorTarget, TargetFacts,
};
use crate::awards::rules::AwardState;
use crate::kernel::{FigureStatus, Id, Moment, Page, PageRequest, Precision, Provenance, Quantity, Refusal, TextList};
use crate::store::Conn;
use crate::store::schema::{
    area, award, award_terms, award_version, fund, indicator, indicator_award, indicator_framework_code, indicator_group, indicator_lock,
    indicator_target, indicator_version, programme,
};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = indicator_version)]
struct VersionRow {
    indicator_id: Id,
    version: i32,
    recorded_at: Moment,
    effective_on: NaiveDate,
    name: String,
    definition: Option<String>,
    kind: IndicatorKind,
    unit: String,
    direction: IndicatorDirection,
    basis: Option<String>,
    baseline_thousandths: Option<Quantity>,
    adds_over_time: AddsOverTime,
    adds_over_areas: AddsOverAreas,
    programme_id: Option<Id>,
    fund_id: Option<Id>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
    note: Option<String>,
    broken_down_by: Option<String>,
    adds_over_groups: Option<AddsOverAreas>,
    succeeds_id: Option<Id>,
    subset_of_id: Option<Id>,
    asks_for: Option<AsksFor>,
    counts_under_18: bool,
    is_social_value: bool,
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = indicator_target)]
struct TargetRow {
    indicator_id: Id,
    version: i32,
    position: i32,
    area_id: Option<Id>,
    period: String,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    target_thousandths: Quantity,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    rounding_unit_thousandths: Option<Quantity>,
    qualifier: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

impl VersionRow {
    fn of(one: &Indicator) -> Self {
        let facts = one.facts.clone();
        Self {
            indicator_id: one.id,
            version: one.version,
            recorded_at: one.recorded_at,
            effective_on: one.effective_on,
            name: facts.name,
            definition: facts.definition,
            kind: facts.kind,
            unit: facts.unit,
            direction: facts.direction,
            basis: facts.basis,
            baseline_thousandths: facts.baseline,
            adds_over_time: facts.adds_over_time,
            adds_over_areas: facts.adds_over_areas,
            programme_id: facts.programme_id,
            fund_id: facts.fund_id,
            illustrative: one.provenance.illustrative,
            not_evidenced: one.provenance.not_evidenced.clone(),
            evidence: one.provenance.evidence.clone(),
            note: one.note.clone(),
            broken_down_by: facts.breakdown.as_ref().map(|breakdown| breakdown.by.clone()),
            adds_over_groups: facts.breakdown.as_ref().map(|breakdown| breakdown.adds),
            succeeds_id: facts.succeeds_id,
            subset_of_id: facts.subset_of_id,
            asks_for: facts.asks_for,
            counts_under_18: facts.counts_under_18,
            is_social_value: facts.is_social_value,
        }
    }

    fn indicator(self, children: Children) -> Indicator {
        let (groups, under_18) = (children.groups, children.under_18);
        let breakdown = self.broken_down_by.zip(self.adds_over_groups).map(|(by, adds)| Breakdown { by, groups, adds, under_18 });
        Indicator {
            id: self.indicator_id,
            version: self.version,
            recorded_at: self.recorded_at,
            effective_on: self.effective_on,
            facts: IndicatorInput {
                name: self.name,
                definition: self.definition,
                kind: self.kind,
                unit: self.unit,
                direction: self.direction,
                basis: self.basis,
                baseline: self.baseline_thousandths,
                adds_over_time: self.adds_over_time,
                adds_over_areas: self.adds_over_areas,
                asks_for: self.asks_for,
                counts_under_18: self.counts_under_18,
                is_social_value: self.is_social_value,
                breakdown,
                succeeds_id: self.succeeds_id,
                subset_of_id: self.subset_of_id,
                programme_id: self.programme_id,
                fund_id: self.fund_id,
                award_ids: children.award_ids,
                framework_codes: children.framework_codes,
            },
            targets: children.targets,
            is_locked: children.is_locked,
            provenance: Provenance { illustrative: self.illustrative, not_evidenced: self.not_evidenced, evidence: self.evidence },
            note: self.note,
        }
    }
}

impl TargetRow {
    fn of(one: &Indicator, (position, facts): (i32, &TargetFacts)) -> Self {
        Self {
            indicator_id: one.id,
            version: one.version,
            position,
            area_id: facts.target.area_id,
            period: facts.target.period.clone(),
            starts_on: facts.target.starts_on,
            ends_on: facts.target.ends_on,
            target_thousandths: facts.target.target,
            figure_status: facts.figure_status,
            precision: facts.precision,
            rounding_unit_thousandths: facts.rounding_unit,
            qualifier: facts.qualifier.clone(),
            illustrative: facts.provenance.illustrative,
            not_evidenced: facts.provenance.not_evidenced.clone(),
            evidence: facts.provenance.evidence.clone(),
        }
    }

    fn facts(self) -> TargetFacts {
        TargetFacts {
            target: IndicatorTarget {
                area_id: self.area_id,
                period: self.period,
                starts_on: self.starts_on,
                ends_on: self.ends_on,
                target: self.target_thousandths,
            },
            figure_status: self.figure_status,
            precision: self.precision,
            rounding_unit: self.rounding_unit_thousandths,
            qualifier: self.qualifier,
            provenance: Provenance { illustrative: self.illustrative, not_evidenced: self.not_evidenced, evidence: self.evidence },
        }
    }
}

#[derive(Default)]
struct Children {
    award_ids: Vec<Id>,
    framework_codes: Vec<FrameworkCode>,
    groups: Vec<String>,
    under_18: Vec<String>,
    targets: Vec<TargetFacts>,
    is_locked: bool,
}

/// What narrows a list of indicators.
#[derive(Debug, Clone, Default)]
pub struct IndicatorFilter {
    pub award_id: Option<Id>,
    pub programme_id: Option<Id>,
    pub fund_id: Option<Id>,
    pub kind: Option<IndicatorKind>,
}

/// Writes the identity of a new indicator, or moves on that of one there is.
///
/// # Errors
/// [`Refusal::Stale`] where somebody else wrote this version first.
pub fn write(conn: &mut Conn, one: &Indicator) -> Result<(), Refusal> {
    if one.version == 1 {
        let identity = (indicator::id.eq(one.id), indicator::version.eq(1), indicator::recorded_at.eq(one.recorded_at));
        on!(conn, c => diesel::insert_into(indicator::table).values(identity).execute(c))?;
    } else {
        let moved = on!(conn, c => diesel::update(indicator::table.filter(indicator::id.eq(one.id)).filter(indicator::version.eq(one.version - 1)))
            .set(indicator::version.eq(one.version))
            .execute(c))?;
        if moved == 0 {
            return Err(Refusal::Stale);
        }
    }
    on!(conn, c => diesel::insert_into(indicator_version::table).values(VersionRow::of(one)).execute(c))?;
    add_children(conn, one)
}

fn add_children(conn: &mut Conn, one: &Indicator) -> Result<(), Refusal> {
    let (id, version) = (one.id, one.version);
    let award = |award_id: &Id| {
        (indicator_award::indicator_id.eq(id), indicator_award::version.eq(version), indicator_award::award_id.eq(*award_id))
    };
    for some in one.facts.award_ids.chunks(AT_ONCE) {
        let awards: Vec<_> = some.iter().map(award).collect();
        on!(conn, c => diesel::insert_into(indicator_award::table).values(&awards).execute(c))?;
    }
    let code = |code: &FrameworkCode| {
        (
            indicator_framework_code::indicator_id.eq(id),
            indicator_framework_code::version.eq(version),
            indicator_framework_code::framework.eq(code.framework.clone()),
            indicator_framework_code::code.eq(code.code.clone()),
        )
    };
    let codes: Vec<_> = one.facts.framework_codes.iter().map(code).collect();
    if !codes.is_empty() {
        on!(conn, c => diesel::insert_into(indicator_framework_code::table).values(&codes).execute(c))?;
    }
    let group = |(position, name): (i32, &String)| {
        (
            indicator_group::indicator_id.eq(id),
            indicator_group::version.eq(version),
            indicator_group::position.eq(position),
            indicator_group::name.eq(name.clone()),
            indicator_group::is_under_18.eq(one.facts.breakdown.iter().any(|breakdown| breakdown.under_18.contains(name))),
        )
    };
    let groups: Vec<_> = (1_i32..).zip(one.facts.breakdown.iter().flat_map(|breakdown| &breakdown.groups)).map(group).collect();
    if !groups.is_empty() {
        on!(conn, c => diesel::insert_into(indicator_group::table).values(&groups).execute(c))?;
    }
    let targets: Vec<TargetRow> = (1_i32..).zip(&one.targets).map(|target| TargetRow::of(one, target)).collect();
    if !targets.is_empty() {
        on!(conn, c => diesel::insert_into(indicator_target::table).values(&targets).execute(c))?;
    }
    Ok(())
}

/// Notes that values exist. Noting it again changes nothing.
pub fn lock(conn: &mut Conn, id: Id, recorded_at: Moment) -> Result<(), Refusal> {
    let row = (indicator_lock::indicator_id.eq(id), indicator_lock::recorded_at.eq(recorded_at));
    on!(conn, c => diesel::insert_into(indicator_lock::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// The indicator as it stands now, whoever asks.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Indicator>, Refusal> {
    let row: Option<VersionRow> = on!(conn, c => indicator::table
        .inner_join(indicator_version::table.on(indicator_version::indicator_id.eq(indicator::id).and(indicator_version::version.eq(indicator::version))))
        .filter(indicator::id.eq(id))
        .select(VersionRow::as_select())
        .first(c).optional())?;
    Ok(filled(conn, row.into_iter().collect())?.pop())
}

/// The indicators that are subsets of this one, as they stand now.
pub fn subsets(conn: &mut Conn, id: Id) -> Result<Vec<Indicator>, Refusal> {
    let rows: Vec<VersionRow> = on!(conn, c => indicator::table
        .inner_join(indicator_version::table.on(indicator_version::indicator_id.eq(indicator::id).and(indicator_version::version.eq(indicator::version))))
        .filter(indicator_version::subset_of_id.eq(id)).order(indicator::id).select(VersionRow::as_select()).load(c))?;
    filled(conn, rows)
}

/// A page of the indicators that this caller may see, in the order in which they were made. A provider sees those of its awards.
pub fn page(conn: &mut Conn, scope: Scope, filter: &IndicatorFilter, page: &PageRequest) -> Result<Page<Indicator>, Refusal> {
    let after: Option<Id> = page.after()?;
    let own = match scope {
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
        Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    let rows: Vec<VersionRow> = on!(conn, c => {
        let mut query = indicator::table
            .inner_join(indicator_version::table.on(indicator_version::indicator_id.eq(indicator::id).and(indicator_version::version.eq(indicator::version))))
            .select(VersionRow::as_select())
            .order(indicator::id)
            .limit(page.fetch())
            .into_boxed();
        if let Some(after) = after { query = query.filter(indicator::id.gt(after)); }
        if let Some(id) = filter.programme_id { query = query.filter(indicator_version::programme_id.eq(id)); }
        if let Some(id) = filter.fund_id { query = query.filter(indicator_version::fund_id.eq(id)); }
        if let Some(kind) = filter.kind { query = query.filter(indicator_version::kind.eq(kind)); }
        if let Some(id) = filter.award_id {
            query = query.filter(exists(indicator_award::table
                .filter(indicator_award::indicator_id.eq(indicator::id))
                .filter(indicator_award::version.eq(indicator::version))
                .filter(indicator_award::award_id.eq(id))));
        }
        if let Some(own) = own {
            query = query.filter(exists(indicator_award::table
                .inner_join(award::table.on(award::id.eq(indicator_award::award_id)))
                .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
                .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
                .filter(indicator_award::indicator_id.eq(indicator::id))
                .filter(indicator_award::version.eq(indicator::version))
                .filter(award_terms::provider_id.eq(own))
                .filter(award_version::offered_on.is_not_null())));
        }
        query.load(c)
    })?;
    let cut = Page::cut(rows, page, |row| row.indicator_id);
    Ok(Page { items: filled(conn, cut.items)?, next_cursor: cut.next_cursor })
}

fn filled(conn: &mut Conn, rows: Vec<VersionRow>) -> Result<Vec<Indicator>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|row| row.indicator_id).collect();
    let current: HashSet<(Id, i32)> = rows.iter().map(|row| (row.indicator_id, row.version)).collect();
    let mut children: HashMap<Id, Children> = HashMap::new();
    let awards: Vec<(Id, i32, Id)> = on!(conn, c => indicator_award::table
        .filter(indicator_award::indicator_id.eq_any(&ids))
        .order(indicator_award::award_id)
        .select((indicator_award::indicator_id, indicator_award::version, indicator_award::award_id))
        .load(c))?;
    for (id, _, award_id) in awards.into_iter().filter(|(id, version, _)| current.contains(&(*id, *version))) {
        children.entry(id).or_default().award_ids.push(award_id);
    }
    let codes: Vec<(Id, i32, String, String)> = on!(conn, c => indicator_framework_code::table
        .filter(indicator_framework_code::indicator_id.eq_any(&ids))
        .order((indicator_framework_code::framework, indicator_framework_code::code))
        .select((
            indicator_framework_code::indicator_id, indicator_framework_code::version, indicator_framework_code::framework,
            indicator_framework_code::code,
        ))
        .load(c))?;
    for (id, _, framework, code) in codes.into_iter().filter(|(id, version, ..)| current.contains(&(*id, *version))) {
        children.entry(id).or_default().framework_codes.push(FrameworkCode { framework, code });
    }
    let groups: Vec<(Id, i32, String, bool)> = on!(conn, c => indicator_group::table
        .filter(indicator_group::indicator_id.eq_any(&ids))
        .order(indicator_group::position)
        .select((indicator_group::indicator_id, indicator_group::version, indicator_group::name, indicator_group::is_under_18))
        .load(c))?;
    for (id, _, name, is_under_18) in groups.into_iter().filter(|(id, version, ..)| current.contains(&(*id, *version))) {
        let own = children.entry(id).or_default();
        own.under_18.extend(is_under_18.then(|| name.clone()));
        own.groups.push(name);
    }
    let targets: Vec<TargetRow> = on!(conn, c => indicator_target::table
        .filter(indicator_target::indicator_id.eq_any(&ids))
        .order(indicator_target::position)
        .select(TargetRow::as_select())
        .load(c))?;
    for row in targets.into_iter().filter(|row| current.contains(&(row.indicator_id, row.version))) {
        children.entry(row.indicator_id).or_default().targets.push(row.facts());
    }
    let locked: Vec<Id> = on!(conn, c => indicator_lock::table.filter(indicator_lock::indicator_id.eq_any(&ids)).select(indicator_lock::indicator_id).load(c))?;
    for id in locked {
        children.entry(id).or_default().is_locked = true;
    }
    Ok(rows
        .into_iter()
        .map(|row| (children.remove(&row.indicator_id).unwrap_or_default(), row))
        .map(|(own, row)| row.indicator(own))
        .collect())
}

/// How many ids a statement is given at once, since it takes only so many parameters.
const AT_ONCE: usize = 5_000;

/// Id, reference, state and last day to accept of each of these awards.
pub fn standing_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, String, AwardState, Option<NaiveDate>)>, Refusal> {
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<(Id, String, AwardState, Option<NaiveDate>)> = on!(conn, c => award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .filter(award::id.eq_any(some))
            .select((award::id, award::reference, award_version::state, award_version::acceptance_due_on))
            .load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// Which of these areas there are.
pub fn areas_known(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>, Refusal> {
    let mut all = HashSet::new();
    for some in ids.chunks(AT_ONCE) {
        let known: Vec<Id> = on!(conn, c => area::table.filter(area::id.eq_any(some)).select(area::id).load(c))?;
        all.extend(known);
    }
    Ok(all)
}

/// Whether there is such a programme.
pub fn programme_known(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(exists(programme::table.filter(programme::id.eq(id)))).get_result(c))?)
}

/// Whether there is such an indicator.
pub fn indicator_known(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(exists(indicator::table.filter(indicator::id.eq(id)))).get_result(c))?)
}

/// Whether there is such a fund.
pub fn fund_known(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(exists(fund::table.filter(fund::id.eq(id)))).get_result(c))?)
}

/// Which of these awards there are.
pub fn awards_known(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>, Refusal> {
    let mut all = HashSet::new();
    for some in ids.chunks(AT_ONCE) {
        let known: Vec<Id> = on!(conn, c => award::table.filter(award::id.eq_any(some)).select(award::id).load(c))?;
        all.extend(known);
    }
    Ok(all)
}

/// Which of these awards a provider may see: its own, from the offer on.
pub fn shown_to(conn: &mut Conn, provider: Id, ids: &[Id]) -> Result<HashSet<Id>, Refusal> {
    let mut all = HashSet::new();
    for some in ids.chunks(AT_ONCE) {
        let shown: Vec<Id> = on!(conn, c => award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
            .filter(award::id.eq_any(some)).filter(award_terms::provider_id.eq(provider)).filter(award_version::offered_on.is_not_null())
            .select(award::id).load(c))?;
        all.extend(shown);
    }
    Ok(all)
}
