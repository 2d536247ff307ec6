//! Claims, their awards, and what was frozen.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::publishing::claims::rules::ClaimFigures;
use crate::reports::asked::At;
use crate::reports::names;
use crate::returns::rules::{ReturnState, stage};
use crate::store::Conn;
use crate::store::schema::{
    award, award_split as split, award_terms as terms, award_version, budget_line, funder_claim as claim, funder_claim_figures as frozen,
    funder_claim_receipt as receipt, funder_claim_version as version, funding_source_version as source_version, quarterly_return,
    quarterly_return_version,
};
use quarterly_return_version as returned;

diesel::alias!(quarterly_return_version as later: LaterReturn);

const WITHDRAWN: &str = "withdrawn";
/// States of a return that was sent and not accepted.
const SENT: [ReturnState; 3] = [ReturnState::Submitted, ReturnState::Queried, ReturnState::Resubmitted];
/// States of a return that nobody waits for any more.
const SETTLED: [ReturnState; 2] = [ReturnState::Accepted, ReturnState::FallenAway];

/// A claim as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ClaimFacts {
    pub id: Id,
    pub reference: String,
    pub line_id: Id,
    pub version: i32,
    pub state: String,
    pub amount: Pence,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub statement: Option<String>,
    pub certified_on: Option<NaiveDate>,
    pub certified_by: Option<String>,
    pub source_id: Id,
    pub line: String,
    /// How many returns were outstanding, as its certificate says.
    pub outstanding_returns: Option<i64>,
}

/// Money that came for a claim.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ReceiptRow {
    pub amount: Pence,
    pub received_on: NaiveDate,
    pub reference: String,
}

/// An award that the budget line pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidAward {
    pub reference: String,
    pub title: String,
    pub provider: Option<String>,
    /// What each budget line pays of it, in the order in which the lines were made: pennies that are left over go to the same line in every
    /// claim.
    pub split: Vec<(Id, Pence)>,
}

/// Another claim with what was frozen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenClaim {
    pub id: Id,
    pub source_id: Id,
    pub reference: String,
    pub line_id: Id,
    pub days: (NaiveDate, NaiveDate),
    pub frozen_at: Moment,
    pub figures: ClaimFigures,
}

/// The claim, in the latest version that was known.
pub fn claim(conn: &mut Conn, id: Id, at: At) -> Result<Option<ClaimFacts>, Refusal> {
    Ok(on!(conn, c => claim::table
        .inner_join(version::table.on(version::funder_claim_id.eq(claim::id)))
        .inner_join(budget_line::table.on(budget_line::id.eq(claim::budget_line_id)))
        .filter(claim::id.eq(id)).filter(version::recorded_at.le(at.known_at)).order(version::version.desc())
        .select((claim::id, claim::reference, claim::budget_line_id, version::version, version::state, version::amount_pence,
            version::starts_on, version::ends_on, version::statement, version::certified_on, version::certified_by_name,
            budget_line::funding_source_id, budget_line::reference, version::outstanding_returns))
        .first(c).optional())?)
}

/// What came for a claim, in the order in which it was noted.
pub fn receipts(conn: &mut Conn, id: Id, at: At) -> Result<Vec<ReceiptRow>, Refusal> {
    Ok(
        on!(conn, c => receipt::table.filter(receipt::funder_claim_id.eq(id)).filter(receipt::recorded_at.le(at.known_at)).order(receipt::version)
        .select((receipt::amount_pence, receipt::received_on, receipt::reference)).load(c))?,
    )
}

/// A funder, as it was known.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Source {
    pub name: String,
    /// Whether it agreed to be told of very few people.
    pub small_numbers_agreed: bool,
}

/// The funder, in the latest version that was known.
pub fn source(conn: &mut Conn, id: Id, at: At) -> Result<Source, Refusal> {
    let found: Option<Source> = on!(conn, c => source_version::table
        .filter(source_version::source_id.eq(id)).filter(source_version::recorded_at.le(at.known_at))
        .order(source_version::version.desc()).select((source_version::name, source_version::small_numbers_agreed)).first(c).optional())?;
    found.ok_or_else(|| Refusal::broken("a claim is older than its funder"))
}

type AwardRow = (Id, i32, i32, String, String, Option<Id>);

/// The awards that a budget line pays, by the latest version of each that was known and held. What has no amount has no split either: no line
/// is known to pay it, and no claim tells what it spent.
pub fn awards(conn: &mut Conn, line_id: Id, at: At) -> Result<HashMap<Id, PaidAward>, Refusal> {
    let latest: Vec<(Id, Option<i32>)> = on!(conn, c => award_version::table
        .filter(award_version::recorded_at.le(at.known_at).and(award_version::effective_on.le(at.as_at)))
        .group_by(award_version::award_id)
        .select((award_version::award_id, diesel::dsl::max(award_version::version))).load(c))?;
    let latest: HashMap<Id, i32> = latest.into_iter().filter_map(|(id, version)| Some((id, version?))).collect();
    let rows: Vec<AwardRow> = on!(conn, c => split::table
        .inner_join(award_version::table.on(award_version::award_id.eq(split::award_id).and(award_version::terms_no.eq(split::terms_no))))
        .inner_join(terms::table.on(terms::award_id.eq(split::award_id).and(terms::terms_no.eq(split::terms_no))))
        .inner_join(award::table.on(award::id.eq(split::award_id)))
        .filter(split::budget_line_id.eq(line_id)).filter(award_version::recorded_at.le(at.known_at))
        .select((award::id, award_version::version, terms::terms_no, award::reference, terms::title, terms::provider_id)).load(c))?;
    let rows: Vec<AwardRow> = rows.into_iter().filter(|row| latest.get(&row.0) == Some(&row.1)).collect();
    let mut splits = splits(conn, &rows)?;
    let providers = names::store::providers(conn, at.known_at)?;
    let turn = |(id, _, _, reference, title, provider): AwardRow| {
        let provider = provider.and_then(|id| providers.get(&id)).map(|named| named.name.clone());
        (id, PaidAward { reference, title, provider, split: splits.remove(&id).unwrap_or_default() })
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// What each line pays of these awards, by these terms.
fn splits(conn: &mut Conn, awards: &[AwardRow]) -> Result<HashMap<Id, Vec<(Id, Pence)>>, Refusal> {
    let terms_no: HashMap<Id, i32> = awards.iter().map(|row| (row.0, row.2)).collect();
    let ids: Vec<Id> = terms_no.keys().copied().collect();
    let rows: Vec<(Id, i32, Id, Pence)> = on!(conn, c => split::table.filter(split::award_id.eq_any(&ids))
        .select((split::award_id, split::terms_no, split::budget_line_id, split::amount_pence)).load(c))?;
    let mut all: HashMap<Id, Vec<(Id, Pence)>> = HashMap::new();
    for (award_id, _, line_id, amount) in rows.into_iter().filter(|row| terms_no.get(&row.0) == Some(&row.1)) {
        all.entry(award_id).or_default().push((line_id, amount));
    }
    all.values_mut().for_each(|lines| lines.sort_unstable());
    Ok(all)
}

/// A return that is outstanding: the reference of its award, its period and how far it has come.
pub type Outstanding = (String, String, String);

/// The returns of the days of a claim, as far as those are over, that these awards owe and that are not accepted; by award and period.
pub fn outstanding(conn: &mut Conn, claim: &ClaimFacts, awards: &HashMap<Id, PaidAward>, at: At) -> Result<Vec<Outstanding>, Refusal> {
    let rows: Vec<(Id, NaiveDate, String, ReturnState)> = on!(conn, c => returned::table
        .inner_join(quarterly_return::table.on(quarterly_return::id.eq(returned::return_id)))
        .filter(returned::ends_on.between(claim.starts_on, claim.ends_on)).filter(returned::ends_on.lt(at.as_at))
        .filter(returned::state.ne_all(SETTLED)).filter(returned::recorded_at.le(at.known_at))
        .filter(returned::is_owed.eq(true).or(returned::state.eq_any(SENT)))
        .filter(not(exists(later
            .filter(later.field(returned::return_id).eq(returned::return_id).and(later.field(returned::version).gt(returned::version)))
            .filter(later.field(returned::recorded_at).le(at.known_at)))))
        .select((quarterly_return::award_id, returned::ends_on, quarterly_return::period, returned::state)).load(c))?;
    let of = |(award, ends_on, period, state): (Id, NaiveDate, String, ReturnState)| {
        Some((awards.get(&award)?.reference.clone(), ends_on, period, stage(state, ends_on, at.as_at).to_string()))
    };
    let mut all: Vec<(String, NaiveDate, String, String)> = rows.into_iter().filter_map(of).collect();
    all.sort();
    Ok(all.into_iter().map(|(award, _, period, state)| (award, period, state)).collect())
}

/// What was frozen of a claim, with its hash.
pub fn frozen(conn: &mut Conn, id: Id, at: At) -> Result<Option<(ClaimFigures, String)>, Refusal> {
    Ok(frozen_when(conn, &[id], Some(at.known_at))?.remove(&id).map(|(figures, sha256, _)| (figures, sha256)))
}

/// What was frozen of claims by a moment, or at all, with its hash and when.
fn frozen_when(conn: &mut Conn, ids: &[Id], until: Option<Moment>) -> Result<HashMap<Id, (ClaimFigures, String, Moment)>, Refusal> {
    let rows: Vec<(Id, String, String, Moment)> = on!(conn, c => frozen::table.filter(frozen::funder_claim_id.eq_any(ids))
        .select((frozen::funder_claim_id, frozen::figures, frozen::sha256, frozen::recorded_at)).load(c))?;
    let read = |(id, text, sha256, frozen_at): (Id, String, String, Moment)| {
        let figures = ClaimFigures::read(&text, &sha256);
        let figures = figures.ok_or_else(|| Refusal::broken("frozen figures of a claim are not as they were written"))?;
        Ok((id, (figures, sha256, frozen_at)))
    };
    rows.into_iter().filter(|row| until.is_none_or(|until| row.3 <= until)).map(read).collect()
}

/// A version of a claim: which claim, to which funder, its reference and line, its state, its first and last day.
type ClaimVersionRow = (Id, Id, String, Id, String, NaiveDate, NaiveDate);

/// The claims whose figures were frozen by then, or at all, those left out that had been taken back; by their first days.
pub fn all_frozen(conn: &mut Conn, until: Option<Moment>) -> Result<Vec<FrozenClaim>, Refusal> {
    let rows: Vec<ClaimVersionRow> = on!(conn, c => {
        let mut query = claim::table
            .inner_join(version::table.on(version::funder_claim_id.eq(claim::id)))
            .inner_join(frozen::table.on(frozen::funder_claim_id.eq(claim::id)))
            .inner_join(budget_line::table.on(budget_line::id.eq(claim::budget_line_id)))
            .order((claim::id, version::version))
            .select((claim::id, budget_line::funding_source_id, claim::reference, claim::budget_line_id, version::state, version::starts_on,
                version::ends_on))
            .into_boxed();
        if let Some(until) = until {
            query = query.filter(version::recorded_at.le(until)).filter(frozen::recorded_at.le(until));
        }
        query.load(c)
    })?;
    // The later of two versions comes later, so it stays.
    let latest: HashMap<Id, ClaimVersionRow> = rows.into_iter().map(|row| (row.0, row)).collect();
    let standing: Vec<ClaimVersionRow> = latest.into_values().filter(|(.., state, _, _)| state != WITHDRAWN).collect();
    let mut told = frozen_when(conn, &standing.iter().map(|row| row.0).collect::<Vec<Id>>(), until)?;
    let turn = |(id, source_id, reference, line_id, _, starts_on, ends_on): ClaimVersionRow| {
        let (figures, _, frozen_at) = told.remove(&id)?;
        Some(FrozenClaim { id, source_id, reference, line_id, days: (starts_on, ends_on), frozen_at, figures })
    };
    let mut all: Vec<FrozenClaim> = standing.into_iter().filter_map(turn).collect();
    all.sort_by_key(|one| (one.days.0, one.id));
    Ok(all)
}
