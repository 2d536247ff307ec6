//! Accepted returns as at a day and known at a moment.

use std::sync::Arc;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Pence, Quantity, Refusal};
use crate::reports::asked::At;
use crate::returns::rules::{PackedValue, Reported, unpack};
use crate::store::Conn;
use crate::store::schema::{
    award_terms as terms, award_version, quarterly_return, quarterly_return_version, return_adjustment as adjustment,
    return_adjustment_spend as adjusted_spend, return_adjustment_value as adjusted_value, return_content as content,
    return_packed_values as packed, return_spend as spend, return_value as value,
};
use quarterly_return_version as version;

diesel::alias!(quarterly_return_version as later: LaterReturn, award_version as later_award: LaterAward);

/// An accepted return.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AcceptedRow {
    pub return_id: Id,
    pub award_id: Id,
    pub period: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub illustrative: bool,
    /// Whether it says what was spent, be it nothing; none without content.
    pub spend_reported: Option<bool>,
    /// The state in which it is.
    pub state: String,
}

/// Which returns a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counting {
    /// Accepted ones.
    #[default]
    Accepted,
    /// Those too that were sent and are not accepted yet.
    Sent,
}

impl Counting {
    const fn states(self) -> &'static [&'static str] {
        match self {
            Self::Accepted => &[ACCEPTED],
            Self::Sent => &[ACCEPTED, "submitted", "resubmitted"],
        }
    }
}

/// Money that an accepted return reports as spent.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct SpendRow {
    pub return_id: Id,
    pub category: String,
    pub amount: Pence,
    pub direct_activity: bool,
}

/// The values of a return, as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// In one piece.
    Packed(Vec<u8>),
    /// Value by value.
    Values(Vec<PackedValue>),
}

impl Written {
    /// The values, in the order in which they were written.
    ///
    /// # Errors
    /// [`Refusal::Store`] where they cannot be read.
    pub fn values(self) -> Result<Vec<PackedValue>, Refusal> {
        match self {
            Self::Packed(bytes) => unpack(&bytes).ok_or_else(|| Refusal::broken("packed values that cannot be unpacked")),
            Self::Values(values) => Ok(values),
        }
    }
}

/// Money by which an accepted return is corrected, and the days in which that counts.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AdjustedSpendRow {
    pub return_id: Id,
    pub category: String,
    pub amount: Pence,
    pub direct_activity: bool,
    pub period: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

/// A difference by which a value of an accepted return is corrected, and the days in which that counts.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AdjustedValueRow {
    pub return_id: Id,
    pub indicator_id: Id,
    pub area_id: Option<Id>,
    pub value: Quantity,
    pub denominator: Option<Quantity>,
    pub group: Option<String>,
    pub period: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

/// The state in which a return counts.
pub const ACCEPTED: &str = "accepted";
/// The state of a return that is no longer owed.
const FALLEN_AWAY: &str = "fallen_away";

pub fn accepted(conn: &mut Conn, at: At) -> Result<Vec<AcceptedRow>, Refusal> {
    counting(conn, at, Counting::Accepted)
}

/// How many records a statement names, since it takes only so many parameters.
const NAMED_AT_ONCE: usize = 5_000;

/// The accepted returns of some awards. In which state a return is, is asked of what is found: SQLite would look through all that are accepted, rather than for
/// those of the awards.
pub fn accepted_of(conn: &mut Conn, at: At, awards: &[Id]) -> Result<Vec<AcceptedRow>, Refusal> {
    let mut all = Vec::new();
    for some in awards.chunks(NAMED_AT_ONCE) {
        let rows: Vec<AcceptedRow> = on!(conn, c => version::table
            .inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
            .left_join(content::table.on(content::return_id.eq(version::return_id).and(content::content_no.eq(version::content_no))))
            .filter(quarterly_return::award_id.eq_any(some))
            .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
            .filter(not(exists(later
                .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
                .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
            .select((version::return_id, quarterly_return::award_id, quarterly_return::period, version::starts_on, version::ends_on,
                version::illustrative, content::is_spend_reported.nullable(), version::state)).load(c))?;
        all.extend(rows.into_iter().filter(AcceptedRow::is_accepted));
    }
    Ok(all)
}

/// The returns that count.
pub fn counting(conn: &mut Conn, at: At, which: Counting) -> Result<Vec<AcceptedRow>, Refusal> {
    Ok(on!(conn, c => version::table
        .inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
        .left_join(content::table.on(content::return_id.eq(version::return_id).and(content::content_no.eq(version::content_no))))
        .filter(version::state.eq_any(which.states()))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .order((version::ends_on, version::return_id))
        .select((version::return_id, quarterly_return::award_id, quarterly_return::period, version::starts_on, version::ends_on,
            version::illustrative, content::is_spend_reported.nullable(), version::state)).load(c))?)
}

pub fn spend(conn: &mut Conn, at: At) -> Result<Vec<SpendRow>, Refusal> {
    Ok(on!(conn, c => version::table
        .inner_join(spend::table.on(spend::return_id.eq(version::return_id).and(spend::content_no.eq(version::content_no))))
        .filter(version::state.eq(ACCEPTED))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .order((spend::return_id, spend::position))
        .select((spend::return_id, spend::category, spend::amount_pence, spend::direct_activity)).load(c))?)
}

/// What these accepted returns say was spent.
pub fn spend_of(conn: &mut Conn, at: At, accepted: &[Id]) -> Result<Vec<SpendRow>, Refusal> {
    let mut all = Vec::new();
    for some in accepted.chunks(NAMED_AT_ONCE) {
        let rows: Vec<SpendRow> = on!(conn, c => version::table
            .inner_join(spend::table.on(spend::return_id.eq(version::return_id).and(spend::content_no.eq(version::content_no))))
            .filter(version::return_id.eq_any(some))
            .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
            .filter(not(exists(later
                .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
                .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
            .select((spend::return_id, spend::category, spend::amount_pence, spend::direct_activity)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// The first and the last of some days.
pub type Days = (NaiveDate, NaiveDate);

/// Days that both engines keep, before and after all others.
fn all_days() -> Days {
    NaiveDate::from_ymd_opt(1000, 1, 1).zip(NaiveDate::from_ymd_opt(9999, 12, 31)).unwrap_or_default()
}

/// All values of the returns that count; only of returns whose period ends in certain days, where those are named, so that a question about a
/// quarter reads a quarter.
pub fn values(conn: &mut Conn, at: At, which: Counting, ends: Option<Days>) -> Result<Vec<(Id, Written)>, Refusal> {
    let (first, last) = ends.unwrap_or_else(all_days);
    let rows: Vec<(Id, Option<Vec<u8>>)> = on!(conn, c => version::table
        .left_join(packed::table.on(packed::return_id.eq(version::return_id).and(packed::content_no.eq(version::content_no))))
        .filter(version::state.eq_any(which.states())).filter(version::ends_on.between(first, last))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .select((version::return_id, packed::packed.nullable())).load(c))?;
    let is_all_packed = rows.iter().all(|(_, bytes)| bytes.is_some());
    let mut all: Vec<(Id, Written)> = rows.into_iter().filter_map(|(id, bytes)| Some((id, Written::Packed(bytes?)))).collect();
    if !is_all_packed {
        all.extend(one_by_one(conn, at, which, (first, last))?);
    }
    Ok(all)
}

type ValueRow = (Id, Id, Option<Id>, Option<String>, Reported, Option<Quantity>, Option<Quantity>, Option<String>);

/// The values of the returns whose values are not packed yet.
fn one_by_one(conn: &mut Conn, at: At, which: Counting, (first, last): Days) -> Result<Vec<(Id, Written)>, Refusal> {
    let rows: Vec<ValueRow> = on!(conn, c => version::table
        .inner_join(value::table.on(value::return_id.eq(version::return_id).and(value::content_no.eq(version::content_no))))
        .filter(version::state.eq_any(which.states())).filter(version::ends_on.between(first, last))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .filter(not(exists(packed::table
            .filter(packed::return_id.eq(version::return_id).and(packed::content_no.eq(version::content_no))))))
        .order((value::return_id, value::position))
        .select((value::return_id, value::indicator_id, value::area_id, value::group_name, value::status, value::value_thousandths,
            value::denominator_thousandths, value::basis)).load(c))?;
    let mut all: Vec<(Id, Vec<PackedValue>)> = Vec::new();
    for (return_id, indicator_id, area_id, group, status, value, denominator, basis) in rows {
        if all.last().is_none_or(|(id, _)| *id != return_id) {
            all.push((return_id, Vec::new()));
        }
        let (group, basis) = (group.map(Arc::from), basis.map(Arc::from));
        let one = PackedValue { indicator_id, area_id, group, status, value, denominator, basis };
        all.last_mut().into_iter().for_each(|(_, own)| own.push(one.clone()));
    }
    Ok(all.into_iter().map(|(id, values)| (id, Written::Values(values))).collect())
}

/// Adjustments of money that are known and have taken effect, in the order in which they were made.
pub fn adjusted_spend(conn: &mut Conn, at: At) -> Result<Vec<AdjustedSpendRow>, Refusal> {
    Ok(on!(conn, c => adjusted_spend::table.inner_join(adjustment::table.on(adjustment::id.eq(adjusted_spend::adjustment_id)))
        .filter(adjustment::recorded_at.le(at.known_at).and(adjustment::effective_on.le(at.as_at)))
        .order((adjustment::id, adjusted_spend::position))
        .select((adjustment::return_id, adjusted_spend::category, adjusted_spend::amount_pence, adjusted_spend::direct_activity,
            adjustment::period, adjustment::starts_on, adjustment::ends_on)).load(c))?)
}

/// The same of some returns.
pub fn adjusted_spend_of(conn: &mut Conn, at: At, returns: &[Id]) -> Result<Vec<AdjustedSpendRow>, Refusal> {
    let mut all = Vec::new();
    for some in returns.chunks(NAMED_AT_ONCE) {
        let rows: Vec<AdjustedSpendRow> = on!(conn, c => adjusted_spend::table
            .inner_join(adjustment::table.on(adjustment::id.eq(adjusted_spend::adjustment_id)))
            .filter(adjustment::return_id.eq_any(some))
            .filter(adjustment::recorded_at.le(at.known_at).and(adjustment::effective_on.le(at.as_at)))
            .select((adjustment::return_id, adjusted_spend::category, adjusted_spend::amount_pence, adjusted_spend::direct_activity,
                adjustment::period, adjustment::starts_on, adjustment::ends_on)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// Adjustments of values that are known and have taken effect, in the order in which they were made.
pub fn adjusted_values(conn: &mut Conn, at: At) -> Result<Vec<AdjustedValueRow>, Refusal> {
    Ok(on!(conn, c => adjusted_value::table.inner_join(adjustment::table.on(adjustment::id.eq(adjusted_value::adjustment_id)))
        .filter(adjustment::recorded_at.le(at.known_at).and(adjustment::effective_on.le(at.as_at)))
        .order((adjustment::id, adjusted_value::position))
        .select((adjustment::return_id, adjusted_value::indicator_id, adjusted_value::area_id, adjusted_value::value_thousandths,
            adjusted_value::denominator_thousandths, adjusted_value::group_name, adjustment::period, adjustment::starts_on, adjustment::ends_on)).load(c))?)
}

/// The award and the days of each return that is owed or was begun, however far it has come, by the latest version known.
pub fn periods(conn: &mut Conn, known_at: Moment) -> Result<Vec<(Id, Days)>, Refusal> {
    Ok(on!(conn, c => version::table.inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
        .filter(version::state.ne(FALLEN_AWAY)).filter(version::recorded_at.le(known_at))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(known_at)))))
        .order((quarterly_return::award_id, version::ends_on))
        .select((quarterly_return::award_id, (version::starts_on, version::ends_on))).load(c))?)
}

/// The award and the days of each return that is owed and not accepted, as it was known and had taken effect.
pub fn awaited(conn: &mut Conn, at: At) -> Result<Vec<(Id, Days)>, Refusal> {
    Ok(on!(conn, c => version::table.inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
        .filter(version::state.ne_all([FALLEN_AWAY, ACCEPTED])).filter(version::is_owed.eq(true))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::return_id).eq(version::return_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .select((quarterly_return::award_id, (version::starts_on, version::ends_on))).load(c))?)
}

/// The first day of each award, by the latest version known.
pub fn first_days(conn: &mut Conn, known_at: Moment) -> Result<Vec<(Id, NaiveDate)>, Refusal> {
    let rows: Vec<(Id, Option<NaiveDate>)> = on!(conn, c => terms::table
        .inner_join(award_version::table.on(award_version::award_id.eq(terms::award_id).and(award_version::terms_no.eq(terms::terms_no))))
        .filter(award_version::recorded_at.le(known_at))
        .filter(not(exists(later_award
            .filter(later_award.field(award_version::award_id).eq(award_version::award_id))
            .filter(later_award.field(award_version::version).gt(award_version::version))
            .filter(later_award.field(award_version::recorded_at).le(known_at)))))
        .select((terms::award_id, terms::starts_on)).load(c))?;
    Ok(rows.into_iter().filter_map(|(award, day)| Some((award, day?))).collect())
}

/// Each part with its whole, by the latest version known. What an award is a part of is settled before it owes a return. The few that ever were parts are named
/// first, so that no version of others is read.
pub fn wholes(conn: &mut Conn, known_at: Moment) -> Result<Vec<(Id, Id)>, Refusal> {
    // SQLite looks into the index for what is greater, and would read every version for what is not null.
    let is_part = || terms::component_of.gt(Some(Id(uuid::Uuid::nil())));
    let mut parts: Vec<Id> = on!(conn, c => terms::table.filter(is_part()).select(terms::award_id).load(c))?;
    parts.sort_unstable();
    parts.dedup();
    let mut all = Vec::new();
    // In pieces, since a statement takes only so many parameters.
    for some in parts.chunks(5_000) {
        let rows: Vec<(Id, Option<Id>)> = on!(conn, c => terms::table
            .inner_join(award_version::table.on(award_version::award_id.eq(terms::award_id).and(award_version::terms_no.eq(terms::terms_no))))
            .filter(award_version::award_id.eq_any(some))
            .filter(is_part()).filter(award_version::recorded_at.le(known_at))
            .filter(not(exists(later_award
                .filter(later_award.field(award_version::award_id).eq(award_version::award_id))
                .filter(later_award.field(award_version::version).gt(award_version::version))
                .filter(later_award.field(award_version::recorded_at).le(known_at)))))
            .select((terms::award_id, terms::component_of)).load(c))?;
        all.extend(rows.into_iter().filter_map(|(part, whole)| Some((part, whole?))));
    }
    Ok(all)
}
