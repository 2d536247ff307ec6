//! Small questions about the records that an award refers to.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::rows::PolicyRow;
use crate::awards::rules::{AreaInTime, AwardKind, AwardState, PeriodSpan, Policy};
use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    area, area_version, award, award_policy, award_terms, award_version, budget_line, earmark, fund, fund_period, fund_period_version,
    fund_version, programme, provider, provider_version, service_line, tranche,
};
use crate::store::sql::Prepare;

/// What an award needs to know of its fund period.
#[derive(Debug, Clone)]
pub struct PeriodFacts {
    /// `2020-21`.
    pub label: String,
    /// `CIF`.
    pub fund_code: String,
    /// Its days.
    pub span: PeriodSpan,
    /// The body to which the fund belongs.
    pub body_id: Id,
    /// Which returns the fund's awards owe, as a word.
    pub default_monitoring: Option<String>,
    /// How the fund's awards are evaluated, as a word.
    pub default_evaluation: Option<String>,
}

type PeriodRow = (String, String, NaiveDate, NaiveDate, Id, Option<String>, Option<String>);

/// The fund period as it stands now.
pub fn period(conn: &mut Conn, id: Id) -> Result<Option<PeriodFacts>, Refusal> {
    let row: Option<PeriodRow> = on!(conn, c => fund_period::table
        .inner_join(fund_period_version::table.on(fund_period_version::period_id.eq(fund_period::id).and(fund_period_version::version.eq(fund_period::version))))
        .inner_join(fund::table.on(fund::id.eq(fund_period::fund_id)))
        .inner_join(fund_version::table.on(fund_version::fund_id.eq(fund::id).and(fund_version::version.eq(fund::version))))
        .filter(fund_period::id.eq(id))
        .select((
            fund_period::label, fund::code, fund_period_version::starts_on, fund_period_version::ends_on,
            fund_version::body_id, fund_version::default_monitoring, fund_version::default_evaluation,
        ))
        .first(c).optional())?;
    Ok(row.map(|(label, fund_code, starts_on, ends_on, body_id, default_monitoring, default_evaluation)| PeriodFacts {
        label,
        fund_code,
        span: PeriodSpan { starts_on, ends_on },
        body_id,
        default_monitoring,
        default_evaluation,
    }))
}

/// A tranche's fund period and number.
pub fn tranche(conn: &mut Conn, id: Id) -> Result<Option<(Id, i32)>, Refusal> {
    Ok(on!(conn, c => tranche::table.filter(tranche::id.eq(id)).select((tranche::fund_period_id, tranche::number)).first(c).optional())?)
}

/// An earmark's fund period.
pub fn earmark_period(conn: &mut Conn, id: Id) -> Result<Option<Id>, Refusal> {
    Ok(on!(conn, c => earmark::table.filter(earmark::id.eq(id)).select(earmark::fund_period_id).first(c).optional())?)
}

/// Whether there is such a provider.
pub fn provider_known(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(provider::table.filter(provider::id.eq(id)))).get_result(c))?)
}

/// Where letters to these providers go, by provider.
pub fn letters_go_to(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>, Refusal> {
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in ids.chunks(1_000) {
        let found: Vec<(Id, Option<String>)> = on!(conn, c => provider::table
            .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))))
            .filter(provider::id.eq_any(some)).select((provider::id, provider_version::contact_email)).prepared_for(some).load(c))?;
        all.extend(found.into_iter().filter_map(|(id, address)| Some((id, address?))));
    }
    Ok(all)
}

/// The provider of a service line.
pub fn service_line_provider(conn: &mut Conn, id: Id) -> Result<Option<Id>, Refusal> {
    Ok(on!(conn, c => service_line::table.filter(service_line::id.eq(id)).select(service_line::provider_id).first(c).optional())?)
}

/// Whether there is such a programme.
pub fn programme_known(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(programme::table.filter(programme::id.eq(id)))).get_result(c))?)
}

/// Which of these areas there are.
pub fn areas(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, AreaInTime>, Refusal> {
    let known: Vec<(Id, String, Option<NaiveDate>, Option<NaiveDate>)> = on!(conn, c => area::table
        .inner_join(area_version::table.on(area_version::area_id.eq(area::id).and(area_version::version.eq(area::version))))
        .filter(area::id.eq_any(ids)).select((area::id, area_version::name, area_version::valid_from, area_version::valid_to))
        .prepared_for(ids).load(c))?;
    Ok(known.into_iter().map(|(id, name, valid_from, valid_to)| (id, AreaInTime { name, valid_from, valid_to })).collect())
}

/// The budget lines of a fund period.
pub fn budget_lines_of(conn: &mut Conn, fund_period_id: Id) -> Result<HashSet<Id>, Refusal> {
    let lines: Vec<Id> =
        on!(conn, c => budget_line::table.filter(budget_line::fund_period_id.eq(fund_period_id)).select(budget_line::id).load(c))?;
    Ok(lines.into_iter().collect())
}

/// What the part of an award must know of the whole.
#[derive(Debug, Clone, Copy)]
pub struct WholeFacts {
    /// The whole's own whole.
    pub component_of: Option<Id>,
    /// Its programme.
    pub programme_id: Option<Id>,
}

/// The award that another one is a part of.
pub fn whole(conn: &mut Conn, id: Id) -> Result<Option<WholeFacts>, Refusal> {
    let row: Option<(Option<Id>, Option<Id>)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .filter(award::id.eq(id))
        .select((award_terms::component_of, award_terms::programme_id))
        .first(c).optional())?;
    Ok(row.map(|(component_of, programme_id)| WholeFacts { component_of, programme_id }))
}

/// What the end of a year must know of an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearFacts {
    /// Its reference.
    pub reference: String,
    /// Its kind.
    pub kind: AwardKind,
    /// Where it stands.
    pub state: AwardState,
    /// Its last day, as agreed by the day that was asked for.
    pub ends_on: Option<NaiveDate>,
    /// The day on which delivery was over, once it is.
    pub ended_on: Option<NaiveDate>,
    /// Who receives it.
    pub provider_id: Option<Id>,
}

/// What the end of a year that is cut off on a day must know of these awards: agreed is what held then, whatever was agreed of later days since.
pub fn year_facts(conn: &mut Conn, ids: &[Id], as_at: NaiveDate) -> Result<HashMap<Id, YearFacts>, Refusal> {
    let mut all: HashMap<Id, YearFacts> = HashMap::new();
    for some in ids.chunks(5_000) {
        let rows: Vec<(Id, String, AwardKind, AwardState, Option<NaiveDate>, Option<NaiveDate>, Option<Id>)> = on!(conn, c => award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
            .filter(award::id.eq_any(some))
            .select((award::id, award::reference, award_terms::kind, award_version::state, award_terms::ends_on, award_version::ended_on,
                award_terms::provider_id)).load(c))?;
        let turn = |(id, reference, kind, state, ends_on, ended_on, provider_id)| {
            (id, YearFacts { reference, kind, state, ends_on, ended_on, provider_id })
        };
        all.extend(rows.into_iter().map(turn));
        // The last of each comes last. Terms of a draft are dated when they were written; those of a change, when it takes effect.
        let held: Vec<(Id, Option<NaiveDate>)> = on!(conn, c => award_version::table
            .inner_join(award_terms::table.on(award_terms::award_id.eq(award_version::award_id).and(award_terms::terms_no.eq(award_version::terms_no))))
            .filter(award_version::award_id.eq_any(some)).filter(award_version::effective_on.le(as_at))
            .filter(award_terms::effective_on.le(as_at).or(award_terms::variation_id.is_null().and(award_terms::novation_id.is_null())))
            .order((award_version::award_id, award_version::version)).select((award_version::award_id, award_terms::ends_on)).load(c))?;
        for (id, ends_on) in held {
            if let Some(facts) = all.get_mut(&id) {
                facts.ends_on = ends_on;
            }
        }
    }
    Ok(all)
}

/// The awards that are parts of others, as they stand now, each with its whole.
pub fn parts(conn: &mut Conn, wholes: &[Id]) -> Result<Vec<(Id, Id)>, Refusal> {
    Ok(on!(conn, c => award_terms::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award_terms::award_id).and(award_version::terms_no.eq(award_terms::terms_no))))
        .inner_join(award::table.on(award::id.eq(award_version::award_id).and(award::version.eq(award_version::version))))
        .filter(award_terms::component_of.eq_any(wholes))
        .select((award::id, award_terms::component_of.assume_not_null())).load(c))?)
}

/// What an award must know of the one that it goes on with.
#[derive(Debug, Clone, Copy)]
pub struct ForerunnerFacts {
    /// Where it stands.
    pub state: AwardState,
    /// Who receives it.
    pub provider_id: Option<Id>,
    /// The last day of the fund period that pays it.
    pub period_ends_on: NaiveDate,
}

/// The award that another one goes on with.
pub fn forerunner(conn: &mut Conn, id: Id) -> Result<Option<ForerunnerFacts>, Refusal> {
    let row: Option<(AwardState, Option<Id>, NaiveDate)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
        .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
        .inner_join(fund_period::table.on(fund_period::id.eq(award_terms::fund_period_id)))
        .inner_join(fund_period_version::table.on(fund_period_version::period_id.eq(fund_period::id).and(fund_period_version::version.eq(fund_period::version))))
        .filter(award::id.eq(id))
        .select((award_version::state, award_terms::provider_id, fund_period_version::ends_on))
        .first(c).optional())?;
    Ok(row.map(|(state, provider_id, period_ends_on)| ForerunnerFacts { state, provider_id, period_ends_on }))
}

/// Whether an award has this reference.
pub fn is_reference_taken(conn: &mut Conn, reference: &str) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(award::table.filter(award::reference.eq(reference)))).get_result(c))?)
}

/// The awards that have these references.
pub fn referenced(conn: &mut Conn, references: &[String]) -> Result<HashMap<String, Id>, Refusal> {
    let mut all = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in references.chunks(1_000) {
        let rows: Vec<(String, Id)> =
            on!(conn, c => award::table.filter(award::reference.eq_any(some)).select((award::reference, award::id)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// The last number that was given in a series of references; 0 where there is none.
pub fn last_number(conn: &mut Conn, series: &str) -> Result<i32, Refusal> {
    let last: Option<i32> = on!(conn, c => award::table.filter(award::series.eq(series)).select(diesel::dsl::max(award::number)).first(c))?;
    Ok(last.unwrap_or(0))
}

/// What the office sets for its contracts, in one version.
#[derive(Debug, Clone)]
pub struct PolicyVersion {
    /// Which version; 0 is built in.
    pub version: i32,
    /// When it became known; none for what is built in.
    pub recorded_at: Option<Moment>,
    /// What is set.
    pub policy: Policy,
}

/// What the office sets for its contracts now.
pub fn policy(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    let row: Option<PolicyRow> =
        on!(conn, c => award_policy::table.order(award_policy::version.desc()).select(PolicyRow::as_select()).first(c).optional())?;
    let Some(row) = row else { return Ok(PolicyVersion { version: 0, recorded_at: None, policy: Policy::default() }) };
    let kinds: Result<Vec<AwardKind>, String> = row.living_wage_kinds.0.iter().map(|word| word.parse()).collect();
    let policy = Policy {
        social_value_threshold_pence: row.social_value_threshold_pence,
        social_value_weight_percent: row.social_value_weight_percent,
        living_wage_kinds: kinds.map_err(Refusal::broken)?,
    };
    Ok(PolicyVersion { version: row.version, recorded_at: Some(row.recorded_at), policy })
}
