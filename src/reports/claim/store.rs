//! Claims, their awards, and what was frozen.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::publishing::claims::rules::ClaimFigures;
use crate::reports::asked::At;
use crate::reports::names;
use crate::store::Conn;
use crate::store::schema::{
    award, award_split as split, award_terms as terms, award_version, budget_line, funder_claim as claim, funder_claim_figures as frozen,
    funder_claim_receipt as receipt, funder_claim_version as version, funding_source_version as source_version,
};

const WITHDRAWN: &str = "withdrawn";

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
            budget_line::funding_source_id, budget_line::reference))
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

/// What was frozen of a claim, with its hash.
pub fn frozen(conn: &mut Conn, id: Id, at: At) -> Result<Option<(ClaimFigures, String)>, Refusal> {
    Ok(frozen_when(conn, id, at)?.map(|(figures, sha256, _)| (figures, sha256)))
}

/// That, and when.
fn frozen_when(conn: &mut Conn, id: Id, at: At) -> Result<Option<(ClaimFigures, String, Moment)>, Refusal> {
    let row: Option<(String, String, Moment)> = on!(conn, c => frozen::table.filter(frozen::funder_claim_id.eq(id))
        .filter(frozen::recorded_at.le(at.known_at)).select((frozen::figures, frozen::sha256, frozen::recorded_at)).first(c).optional())?;
    let Some((text, sha256, frozen_at)) = row else { return Ok(None) };
    let figures =
        ClaimFigures::read(&text, &sha256).ok_or_else(|| Refusal::broken("frozen figures of a claim are not as they were written"))?;
    Ok(Some((figures, sha256, frozen_at)))
}

/// A version of a claim: which claim, its reference and line, its state, its first and last day.
type ClaimVersionRow = (Id, String, Id, String, NaiveDate, NaiveDate);

/// The other claims to a funder whose figures were frozen by then, those left out that had been taken back.
pub fn frozen_of_source(conn: &mut Conn, except: &ClaimFacts, at: At) -> Result<Vec<FrozenClaim>, Refusal> {
    let rows: Vec<ClaimVersionRow> = on!(conn, c => claim::table
        .inner_join(version::table.on(version::funder_claim_id.eq(claim::id)))
        .inner_join(frozen::table.on(frozen::funder_claim_id.eq(claim::id)))
        .inner_join(budget_line::table.on(budget_line::id.eq(claim::budget_line_id)))
        .filter(budget_line::funding_source_id.eq(except.source_id)).filter(claim::id.ne(except.id))
        .filter(version::recorded_at.le(at.known_at)).filter(frozen::recorded_at.le(at.known_at)).order((claim::id, version::version))
        .select((claim::id, claim::reference, claim::budget_line_id, version::state, version::starts_on, version::ends_on)).load(c))?;
    // The later of two versions comes later, so it stays.
    let latest: HashMap<Id, ClaimVersionRow> = rows.into_iter().map(|row| (row.0, row)).collect();
    let mut all = Vec::new();
    for (id, reference, line_id, _, starts_on, ends_on) in latest.into_values().filter(|(_, _, _, state, ..)| state != WITHDRAWN) {
        if let Some((figures, _, frozen_at)) = frozen_when(conn, id, at)? {
            all.push((id, FrozenClaim { reference, line_id, days: (starts_on, ends_on), frozen_at, figures }));
        }
    }
    all.sort_by_key(|(id, one)| (one.days.0, *id));
    Ok(all.into_iter().map(|(_, one)| one).collect())
}
