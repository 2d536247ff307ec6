//! Names at a moment. The later of two versions comes later, so it stays.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Named, Refusal};
use crate::reports::book::Dimension;
use crate::reports::names::{Names, Period, Round};
use crate::store::Conn;
use crate::store::schema::{
    area, area_version, award, award_terms, fund, fund_period, fund_version, funding_source, funding_source_version, programme,
    programme_version, provider, provider_version, tranche, tranche_version,
};

fn latest(rows: Vec<(Id, String, String)>) -> Names {
    rows.into_iter().map(|(id, code, name)| (id, Named { id, code, name })).collect()
}

pub fn funds(conn: &mut Conn, known_at: Moment) -> Result<Names, Refusal> {
    Ok(latest(on!(conn, c => fund::table.inner_join(fund_version::table.on(fund_version::fund_id.eq(fund::id)))
        .filter(fund_version::recorded_at.le(known_at)).order((fund::id, fund_version::version))
        .select((fund::id, fund::code, fund_version::name)).load(c))?))
}

pub fn sources(conn: &mut Conn, known_at: Moment) -> Result<Names, Refusal> {
    Ok(latest(on!(conn, c => funding_source::table
        .inner_join(funding_source_version::table.on(funding_source_version::source_id.eq(funding_source::id)))
        .filter(funding_source_version::recorded_at.le(known_at)).order((funding_source::id, funding_source_version::version))
        .select((funding_source::id, funding_source::code, funding_source_version::name)).load(c))?))
}

pub fn programmes(conn: &mut Conn, known_at: Moment) -> Result<Names, Refusal> {
    Ok(latest(on!(conn, c => programme::table.inner_join(programme_version::table.on(programme_version::programme_id.eq(programme::id)))
        .filter(programme_version::recorded_at.le(known_at)).order((programme::id, programme_version::version))
        .select((programme::id, programme::code, programme_version::name)).load(c))?))
}

pub fn providers(conn: &mut Conn, known_at: Moment) -> Result<Names, Refusal> {
    Ok(latest(on!(conn, c => provider::table.inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id)))
        .filter(provider_version::recorded_at.le(known_at)).order((provider::id, provider_version::version))
        .select((provider::id, provider::reference, provider_version::name)).load(c))?))
}

/// Whether each provider was commissioned by the body.
pub fn provider_statuses(conn: &mut Conn, known_at: Moment) -> Result<HashMap<Id, String>, Refusal> {
    let rows: Vec<(Id, String)> = on!(conn, c => provider_version::table.filter(provider_version::recorded_at.le(known_at))
        .order((provider_version::provider_id, provider_version::version))
        .select((provider_version::provider_id, provider_version::pcc_status)).load(c))?;
    Ok(rows.into_iter().collect())
}

pub fn areas(conn: &mut Conn, known_at: Moment) -> Result<Names, Refusal> {
    Ok(latest(on!(conn, c => area::table.inner_join(area_version::table.on(area_version::area_id.eq(area::id)))
        .filter(area_version::recorded_at.le(known_at)).order((area::id, area_version::version))
        .select((area::id, area::code, area_version::name)).load(c))?))
}

/// Fund periods known by then. What they belong to and their label never change.
pub fn periods(conn: &mut Conn, known_at: Moment) -> Result<HashMap<Id, Period>, Refusal> {
    let rows: Vec<(Id, Id, String)> = on!(conn, c => fund_period::table.filter(fund_period::recorded_at.le(known_at))
        .select((fund_period::id, fund_period::fund_id, fund_period::label)).load(c))?;
    Ok(rows.into_iter().map(|(id, fund_id, label)| (id, Period { fund_id, label })).collect())
}

pub fn tranches(conn: &mut Conn, known_at: Moment) -> Result<HashMap<Id, Round>, Refusal> {
    let rows: Vec<(Id, String, String, Id, i32)> = on!(conn, c => tranche::table
        .inner_join(tranche_version::table.on(tranche_version::tranche_id.eq(tranche::id)))
        .filter(tranche_version::recorded_at.le(known_at)).order((tranche::id, tranche_version::version))
        .select((tranche::id, tranche::reference, tranche_version::name, tranche::fund_period_id, tranche::number)).load(c))?;
    Ok(rows
        .into_iter()
        .map(|(id, code, name, period_id, number)| (id, Round { named: Named { id, code, name }, period_id, number }))
        .collect())
}

/// Those of these words that some version of an award, or some fund period, has.
pub fn words(conn: &mut Conn, kind: Dimension, words: &[String]) -> Result<HashSet<String>, Refusal> {
    let found: Vec<Option<String>> = match kind {
        Dimension::Theme => on!(conn, c => award_terms::table.filter(award_terms::theme.eq_any(words)).distinct()
            .select(award_terms::theme).load(c))?,
        Dimension::Category => on!(conn, c => award_terms::table.filter(award_terms::category.eq_any(words)).distinct()
            .select(award_terms::category).load(c))?,
        Dimension::FinancialYear => on!(conn, c => fund_period::table.filter(fund_period::label.eq_any(words)).distinct()
            .select(fund_period::label.nullable()).load(c))?,
        _ => Vec::new(),
    };
    Ok(found.into_iter().flatten().collect())
}

/// The records that callers name by code, reference or id; for each word the record, where there is one.
pub fn find(conn: &mut Conn, kind: Dimension, words: &[String]) -> Result<Vec<Option<Id>>, Refusal> {
    let ids: Vec<Id> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let rows: Vec<(Id, String)> = match kind {
        Dimension::Fund => on!(conn, c => fund::table.filter(fund::code.eq_any(words).or(fund::id.eq_any(&ids)))
            .select((fund::id, fund::code)).load(c))?,
        Dimension::Source => on!(conn, c => funding_source::table
            .filter(funding_source::code.eq_any(words).or(funding_source::id.eq_any(&ids)))
            .select((funding_source::id, funding_source::code)).load(c))?,
        Dimension::Tranche => on!(conn, c => tranche::table.filter(tranche::reference.eq_any(words).or(tranche::id.eq_any(&ids)))
            .select((tranche::id, tranche::reference)).load(c))?,
        Dimension::Provider => on!(conn, c => provider::table.filter(provider::reference.eq_any(words).or(provider::id.eq_any(&ids)))
            .select((provider::id, provider::reference)).load(c))?,
        Dimension::Programme => on!(conn, c => programme::table.filter(programme::code.eq_any(words).or(programme::id.eq_any(&ids)))
            .select((programme::id, programme::code)).load(c))?,
        Dimension::Area => on!(conn, c => area::table.filter(area::code.eq_any(words).or(area::id.eq_any(&ids)))
            .select((area::id, area::code)).load(c))?,
        Dimension::Award => on!(conn, c => award::table.filter(award::reference.eq_any(words).or(award::id.eq_any(&ids)))
            .select((award::id, award::reference)).load(c))?,
        Dimension::FinancialYear | Dimension::ProviderStatus | Dimension::Theme | Dimension::Category => Vec::new(),
    };
    let named = |word: &String| rows.iter().find(|(id, code)| code == word || word.parse() == Ok(*id)).map(|(id, _)| *id);
    Ok(words.iter().map(named).collect())
}
