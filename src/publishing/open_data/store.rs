//! What is published, out of the database. Only current versions, and only of awards that were accepted.

mod changed;
mod party;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::awards::rules::{AwardKind, LegalPower};
use crate::funds::tranches::rules::TrancheState;
use crate::kernel::{Id, Moment, Pence, Refusal, TextList};
use crate::publishing::open_data::notices::rules::DecisionNoticeState;
use crate::publishing::open_data::rules::entry::{Added, AwardFacts, Fund, PUBLISHED, Place, SPEND_ABOVE};
use crate::publishing::open_data::rules::month::Month;
use crate::store::Conn;
use crate::store::schema::{
    area, area_version, award, award_area, award_condition as condition, award_terms as terms, award_version as standing, decision_notice,
    decision_notice_version, document, fund, fund_period, fund_version, payment, payment_version as paid, provider, provider_version,
    tranche, tranche_version,
};

pub use party::{called, parties};

/// The state of a payment that the finance system has paid, as its capability writes it.
const PAID: &str = "paid";

#[derive(Queryable)]
struct Row {
    award_id: Id,
    reference: String,
    award_recorded_at: Moment,
    decided_on: Option<NaiveDate>,
    accepted_on: Option<NaiveDate>,
    offered_on: Option<NaiveDate>,
    kind: AwardKind,
    legal_power: Option<LegalPower>,
    title: String,
    purpose: Option<String>,
    amount_pence: Option<Pence>,
    forward_pence: Pence,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    fund_code: String,
    fund_name: String,
    provider_id: Id,
    provider_reference: String,
    provider_recorded_at: Moment,
    provider_name: String,
    charity_number: Option<String>,
    company_number: Option<String>,
    home_area_id: Option<Id>,
    is_fund_illustrative: bool,
    not_evidenced: TextList,
}

impl Row {
    /// The fund that pays, where it is a fund and does not only stand for one that no paper names.
    fn fund(&self) -> Option<Fund> {
        let is_told = !self.is_fund_illustrative && !self.not_evidenced.iter().any(|field| field == "fund_period");
        is_told.then(|| Fund { code: self.fund_code.clone(), name: self.fund_name.clone() })
    }
}

/// Awards in their current version with their terms, their fund and their provider.
#[diesel::dsl::auto_type]
fn current() -> _ {
    award::table
        .inner_join(standing::table.on(standing::award_id.eq(award::id).and(standing::version.eq(award::version))))
        .inner_join(terms::table.on(terms::award_id.eq(award::id).and(terms::terms_no.eq(standing::terms_no))))
        .inner_join(fund_period::table.on(fund_period::id.eq(terms::fund_period_id)))
        .inner_join(fund::table.on(fund::id.eq(fund_period::fund_id)))
        .inner_join(fund_version::table.on(fund_version::fund_id.eq(fund::id).and(fund_version::version.eq(fund::version))))
        .inner_join(provider::table.on(terms::provider_id.eq(provider::id.nullable())))
        .inner_join(
            provider_version::table.on(provider_version::provider_id.eq(provider::id).and(provider_version::version.eq(provider::version))),
        )
}

/// All awards that are published, by reference: those that were accepted, that are no part of another one, and that stand for themselves.
pub fn facts(conn: &mut Conn) -> Result<Vec<AwardFacts>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => current()
        .filter(standing::state.eq_any(PUBLISHED))
        .filter(standing::illustrative.eq(false))
        .filter(provider_version::illustrative.eq(false))
        .filter(terms::component_of.is_null())
        .order(award::reference)
        .select((
            award::id, award::reference, standing::recorded_at, standing::decided_on, standing::accepted_on, standing::offered_on,
            terms::kind, terms::legal_power, terms::title, terms::purpose, terms::amount_pence, terms::forward_pence, terms::starts_on,
            terms::ends_on, fund::code, fund_version::name, provider::id, provider::reference, provider_version::recorded_at,
            provider_version::name, provider_version::charity_number, provider_version::company_number, provider_version::home_area_id,
            fund_version::illustrative, standing::not_evidenced,
        ))
        .load(c))?;
    let (mut conditions, mut areas) = (conditions(conn)?, areas(conn)?);
    let of_providers: HashSet<Id> = rows.iter().map(|row| row.provider_id).collect();
    let providers = changed::providers(conn, &of_providers.into_iter().collect::<Vec<Id>>())?;
    let awards = changed::awards(conn)?;
    let homes = homes(conn)?;
    let mut parties = parties(conn, None)?;
    let turn = |row: Row| AwardFacts {
        fund: row.fund(),
        home_area: row.home_area_id.and_then(|id| homes.get(&id).cloned()),
        not_evidenced: row.not_evidenced.0,
        conditions: conditions.remove(&row.award_id).unwrap_or_default(),
        areas: areas.remove(&row.award_id).unwrap_or_default(),
        parties: parties.remove(&row.award_id).unwrap_or_default(),
        publication: Added::default(),
        award_changed_at: awards.get(&row.award_id).copied().unwrap_or(row.award_recorded_at),
        award_id: row.award_id,
        reference: row.reference,
        decided_on: row.decided_on,
        accepted_on: row.accepted_on,
        offered_on: row.offered_on,
        kind: row.kind,
        legal_power: row.legal_power,
        title: row.title,
        purpose: row.purpose,
        amount_pence: row.amount_pence,
        forward_pence: row.forward_pence,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        provider_changed_at: providers.get(&row.provider_id).copied().unwrap_or(row.provider_recorded_at),
        provider_id: row.provider_id,
        provider_reference: row.provider_reference,
        provider_name: row.provider_name,
        charity_number: row.charity_number,
        company_number: row.company_number,
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// The reference of a contract that is published, where a paper prints that it is one.
pub fn contract(conn: &mut Conn, award_id: Id) -> Result<Option<String>, Refusal> {
    let found: Option<(String, TextList)> = on!(conn, c => current()
        .filter(award::id.eq(award_id))
        .filter(standing::state.eq_any(PUBLISHED))
        .filter(standing::illustrative.eq(false))
        .filter(provider_version::illustrative.eq(false))
        .filter(terms::component_of.is_null())
        .filter(terms::kind.eq(AwardKind::Contract))
        .select((award::reference, standing::not_evidenced)).first(c).optional())?;
    Ok(found.filter(|(_, lacking)| !lacking.iter().any(|field| field == "kind")).map(|(reference, _)| reference))
}

/// Each area as it is called now.
fn homes(conn: &mut Conn) -> Result<HashMap<Id, Place>, Refusal> {
    let rows: Vec<(Id, String, Option<String>)> = on!(conn, c => area::table
        .inner_join(area_version::table.on(area_version::area_id.eq(area::id).and(area_version::version.eq(area::version))))
        .filter(area_version::illustrative.eq(false))
        .select((area::id, area_version::name, area_version::ons_code)).load(c))?;
    Ok(rows.into_iter().map(|(id, name, ons_code)| (id, Place { name, ons_code })).collect())
}

type Conditions = HashMap<Id, Vec<(String, Option<NaiveDate>)>>;

/// The conditions of each award as they are now, without what was noted of them.
fn conditions(conn: &mut Conn) -> Result<Conditions, Refusal> {
    let rows: Vec<(Id, String, Option<NaiveDate>)> = on!(conn, c => condition::table
        .inner_join(standing::table.on(standing::award_id.eq(condition::award_id).and(standing::conditions_no.eq(condition::conditions_no))))
        .inner_join(award::table.on(award::id.eq(standing::award_id).and(award::version.eq(standing::version))))
        .filter(standing::state.eq_any(PUBLISHED))
        .order((condition::award_id, condition::position))
        .select((condition::award_id, condition::text, condition::due_on)).load(c))?;
    let mut all = Conditions::new();
    for (id, text, due_on) in rows {
        all.entry(id).or_default().push((text, due_on));
    }
    Ok(all)
}

/// The areas of each award as they are now.
fn areas(conn: &mut Conn) -> Result<HashMap<Id, Vec<Place>>, Refusal> {
    let rows: Vec<(Id, String, Option<String>)> = on!(conn, c => award_area::table
        .inner_join(standing::table.on(standing::award_id.eq(award_area::award_id).and(standing::terms_no.eq(award_area::terms_no))))
        .inner_join(award::table.on(award::id.eq(standing::award_id).and(award::version.eq(standing::version))))
        .inner_join(area::table.on(area::id.eq(award_area::area_id)))
        .inner_join(area_version::table.on(area_version::area_id.eq(area::id).and(area_version::version.eq(area::version))))
        .filter(standing::state.eq_any(PUBLISHED))
        .order((award_area::award_id, area::code))
        .select((award_area::award_id, area_version::name, area_version::ons_code)).load(c))?;
    let mut all: HashMap<Id, Vec<Place>> = HashMap::new();
    for (id, name, ons_code) in rows {
        all.entry(id).or_default().push(Place { name, ons_code });
    }
    Ok(all)
}

/// Which of these files can still be fetched, and are not for the office alone.
pub fn fetchable(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>, Refusal> {
    let mut all = HashSet::new();
    // In pieces, since a statement takes only so many parameters.
    for some in ids.chunks(5_000) {
        let found: Vec<Id> = on!(conn, c => document::table.filter(document::id.eq_any(some)).filter(document::removed_at.is_null())
            .filter(document::redacted_on.is_null()).filter(document::office_only.eq(false)).select(document::id).load(c))?;
        all.extend(found);
    }
    Ok(all)
}

/// A payment that the finance system has paid.
#[derive(Debug, Clone, Queryable)]
pub struct PaidRow {
    pub award_id: Id,
    /// Who was paid, which a novation of what is paid later leaves as it is.
    pub provider_id: Id,
    pub reference: String,
    pub paid_on: Option<NaiveDate>,
    pub amount_pence: Pence,
    pub recorded_at: Moment,
}

/// Payments above £500 that are no crime and disorder reduction grants.
#[diesel::dsl::auto_type]
fn spent() -> _ {
    // Types are told, since this is how `auto_type` learns them.
    let s9: LegalPower = LegalPower::CrimeAndDisorder;
    let contract: AwardKind = AwardKind::Contract;
    let above: Pence = SPEND_ABOVE;
    let state: &'static str = PAID;
    let is_other = terms::legal_power.is_null().or(terms::legal_power.assume_not_null().ne(s9));
    payment::table
        .inner_join(paid::table.on(paid::payment_id.eq(payment::id).and(paid::version.eq(payment::version))))
        .inner_join(award::table.on(award::id.eq(payment::award_id)))
        .inner_join(standing::table.on(standing::award_id.eq(award::id).and(standing::version.eq(award::version))))
        .inner_join(terms::table.on(terms::award_id.eq(award::id).and(terms::terms_no.eq(standing::terms_no))))
        .filter(paid::state.eq(state))
        .filter(paid::amount_pence.gt(above))
        .filter(standing::illustrative.eq(false))
        .filter(is_other.or(terms::kind.eq(contract)))
}

/// Those of a month, in the order in which they were paid.
pub fn paid_in(conn: &mut Conn, month: Month) -> Result<Vec<PaidRow>, Refusal> {
    Ok(on!(conn, c => spent().filter(paid::paid_on.between(month.first_day(), month.last_day()))
        .order((paid::paid_on, payment::reference))
        .select((award::id, payment::provider_id, payment::reference, paid::paid_on, paid::amount_pence, paid::recorded_at)).load(c))?)
}

/// The days on which those of each award were paid, the last one before the others.
pub fn paid_days(conn: &mut Conn) -> Result<Vec<(Id, Option<NaiveDate>)>, Refusal> {
    Ok(on!(conn, c => spent().filter(paid::paid_on.is_not_null()).order(paid::paid_on.desc())
        .select((award::id, paid::paid_on)).distinct().load(c))?)
}

/// A funding round that takes applications.
#[derive(Debug, Clone, Queryable)]
pub struct RoundRow {
    pub id: Id,
    pub reference: String,
    pub number: i32,
    pub recorded_at: Moment,
    pub name: String,
    pub opens_on: Option<NaiveDate>,
    pub closes_on: Option<NaiveDate>,
    pub decision_on: Option<NaiveDate>,
    pub criteria: Option<String>,
    pub guidance_url: Option<String>,
    pub fund_code: String,
    pub fund_name: String,
}

/// When notices that the public saw were withdrawn, with their awards.
pub fn withdrawn_notices(conn: &mut Conn) -> Result<Vec<(Id, Moment)>, Refusal> {
    use decision_notice_version as version;
    Ok(on!(conn, c => decision_notice::table
        .inner_join(version::table.on(version::notice_id.eq(decision_notice::id).and(version::version.eq(decision_notice::version))))
        .filter(version::state.eq(DecisionNoticeState::Withdrawn)).filter(version::is_public)
        .select((version::award_id, version::recorded_at)).load(c))?)
}

/// Funding rounds that once took applications and were changed since, each with when, and its first and last day.
pub fn rounds_opened(conn: &mut Conn) -> Result<Vec<(Moment, Option<NaiveDate>, Option<NaiveDate>)>, Refusal> {
    let opened: Vec<Id> = on!(conn, c => tranche_version::table.filter(tranche_version::state.eq(TrancheState::Open))
        .select(tranche_version::tranche_id).distinct().load(c))?;
    Ok(on!(conn, c => tranche::table
        .inner_join(tranche_version::table.on(tranche_version::tranche_id.eq(tranche::id).and(tranche_version::version.eq(tranche::version))))
        .filter(tranche_version::illustrative.eq(false)).filter(tranche::id.eq_any(&opened))
        .select((tranche_version::recorded_at, tranche_version::opens_on, tranche_version::closes_on)).load(c))?)
}

/// Funding rounds that take applications on a day, the one that closes first before the others.
pub fn open_rounds(conn: &mut Conn, today: NaiveDate) -> Result<Vec<RoundRow>, Refusal> {
    Ok(on!(conn, c => tranche::table
        .inner_join(tranche_version::table.on(tranche_version::tranche_id.eq(tranche::id).and(tranche_version::version.eq(tranche::version))))
        .inner_join(fund_period::table.on(fund_period::id.eq(tranche::fund_period_id)))
        .inner_join(fund::table.on(fund::id.eq(fund_period::fund_id)))
        .inner_join(fund_version::table.on(fund_version::fund_id.eq(fund::id).and(fund_version::version.eq(fund::version))))
        .filter(tranche_version::state.eq(TrancheState::Open))
        .filter(tranche_version::illustrative.eq(false))
        .filter(tranche_version::opens_on.is_null().or(tranche_version::opens_on.assume_not_null().le(today)))
        .filter(tranche_version::closes_on.is_null().or(tranche_version::closes_on.assume_not_null().ge(today)))
        .order((tranche_version::closes_on, tranche::reference))
        .select((
            tranche::id, tranche::reference, tranche::number, tranche_version::recorded_at, tranche_version::name, tranche_version::opens_on,
            tranche_version::closes_on, tranche_version::decision_on, tranche_version::criteria, tranche_version::guidance_url, fund::code,
            fund_version::name,
        ))
        .load(c))?)
}
