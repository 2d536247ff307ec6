//! Awards with their profiles, and the forecasts in force.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Pence, Quarter, Refusal};
use crate::reports::asked::At;
use crate::reports::outturn::rules::ByQuarter;
use crate::returns::rules::carried;
use crate::store::Conn;
use crate::store::schema::{
    award, award_quarter as planned, award_terms as terms, award_version as version, fund_period, quarterly_return as identity,
    quarterly_return_version, return_forecast as forecast, return_service as service,
};
use quarterly_return_version as sent;

diesel::alias!(quarterly_return_version as later: LaterSent);

/// An award that was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct AwardRow {
    pub id: Id,
    pub reference: String,
    pub title: String,
    pub terms_no: i32,
    pub state: String,
    pub amount: Option<Pence>,
    pub fund_id: Id,
    pub programme_id: Option<Id>,
    pub provider_id: Option<Id>,
    pub ended_on: Option<NaiveDate>,
}

/// A forecast that holds: of each quarter the amount, and the return that gave it.
pub type InForce = BTreeMap<Quarter, (Id, Pence)>;

/// States of awards whose money may be spent, or was.
const AGREED: [&str; 5] = ["live", "paused", "ended", "closed", "terminated"];
/// The state of an award that is settled.
pub const CLOSED: &str = "closed";
/// States of a return that was sent, whatever became of it then.
const SENT: [&str; 4] = ["submitted", "queried", "resubmitted", "accepted"];

/// The awards as they were known and had taken effect, those that were agreed by then; by reference.
pub fn awards(conn: &mut Conn, at: At) -> Result<Vec<AwardRow>, Refusal> {
    let rows: Vec<AwardRow> = on!(conn, c => version::table
        .inner_join(terms::table.on(terms::award_id.eq(version::award_id).and(terms::terms_no.eq(version::terms_no))))
        .inner_join(award::table.on(award::id.eq(version::award_id)))
        .inner_join(fund_period::table.on(fund_period::id.eq(terms::fund_period_id)))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .order((award::reference, version::version))
        .select((award::id, award::reference, terms::title, version::terms_no, version::state, terms::amount_pence, fund_period::fund_id,
            terms::programme_id, terms::provider_id, version::ended_on)).load(c))?;
    let mut latest: Vec<AwardRow> = Vec::new();
    for row in rows {
        // The later of two versions comes later.
        if latest.last().is_some_and(|last| last.id == row.id) {
            latest.pop();
        }
        latest.push(row);
    }
    latest.retain(|row| AGREED.contains(&row.state.as_str()));
    Ok(latest)
}

/// The agreed profile of each award and terms; indicative amounts left out.
pub fn profiles(conn: &mut Conn) -> Result<HashMap<(Id, i32), ByQuarter>, Refusal> {
    let rows: Vec<(Id, i32, Quarter, Pence)> = on!(conn, c => planned::table.filter(planned::is_indicative.eq(false))
        .select((planned::award_id, planned::terms_no, planned::quarter, planned::amount_pence)).load(c))?;
    let mut all: HashMap<(Id, i32), ByQuarter> = HashMap::new();
    for (award, terms_no, quarter, amount) in rows {
        all.entry((award, terms_no)).or_default().insert(quarter, amount);
    }
    Ok(all)
}

type Giver = (Id, NaiveDate, NaiveDate, Id, i32);
/// A return with its last day, and what it expects.
type Given = ((Id, NaiveDate), Vec<(Quarter, Pence)>);

/// The forecast in force of each award: of each quarter what the latest of its returns says that were sent and say anything of it, for the
/// quarters after that return.
pub fn in_force(conn: &mut Conn, at: At) -> Result<HashMap<Id, InForce>, Refusal> {
    let givers: Vec<Giver> = on!(conn, c => sent::table
        .inner_join(identity::table.on(identity::id.eq(sent::return_id)))
        .inner_join(service::table.on(service::return_id.eq(sent::return_id).and(service::content_no.eq(sent::content_no))))
        .filter(sent::state.eq_any(SENT)).filter(service::is_forecast_given.eq(true))
        .filter(sent::recorded_at.le(at.known_at).and(sent::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(sent::return_id).eq(sent::return_id).and(later.field(sent::version).gt(sent::version)))
            .filter(later.field(sent::recorded_at).le(at.known_at).and(later.field(sent::effective_on).le(at.as_at))))))
        .order((sent::starts_on, sent::return_id))
        .select((identity::award_id, sent::starts_on, sent::ends_on, sent::return_id, sent::content_no)).load(c))?;
    let ids: Vec<Id> = givers.iter().map(|(_, _, _, return_id, _)| *return_id).collect();
    let mut quarters: HashMap<(Id, i32), Vec<(Quarter, Pence)>> = HashMap::new();
    for some in ids.chunks(5_000) {
        let rows: Vec<(Id, i32, Quarter, Pence)> = on!(conn, c => forecast::table.filter(forecast::return_id.eq_any(some))
            .select((forecast::return_id, forecast::content_no, forecast::quarter, forecast::amount_pence)).load(c))?;
        for (return_id, content_no, quarter, amount) in rows {
            quarters.entry((return_id, content_no)).or_default().push((quarter, amount));
        }
    }
    let mut given: HashMap<Id, Vec<Given>> = HashMap::new();
    // The later of two returns comes first.
    for (award, _, ends_on, return_id, content_no) in givers.into_iter().rev() {
        let own = quarters.remove(&(return_id, content_no)).unwrap_or_default();
        given.entry(award).or_default().push(((return_id, ends_on), own));
    }
    let turn = |(award, given): (Id, Vec<Given>)| {
        let held = carried(given).into_iter().filter(|(quarter, ((_, ends_on), _))| quarter.last_day() > *ends_on);
        (award, held.map(|(quarter, ((return_id, _), amount))| (quarter, (return_id, amount))).collect())
    };
    Ok(given.into_iter().map(turn).collect())
}
