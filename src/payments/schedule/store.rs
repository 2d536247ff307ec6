//! Schedules in the database.

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::payments::schedule::rules::PaymentScheduleInput;
use crate::store::Conn;
use crate::store::schema::payment_schedule as table;

/// A schedule in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The award.
    pub award_id: Id,
    /// Which version this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// Who made it.
    pub made_by: String,
    /// What the award came to when it was cut.
    pub amount: Pence,
    /// What it says.
    pub plan: PaymentScheduleInput,
}

type Row = (Id, i32, Moment, String, Pence, String);

fn assemble((award_id, version, recorded_at, made_by, amount, plan): Row) -> Result<Schedule, Refusal> {
    Ok(Schedule { award_id, version, recorded_at, made_by, amount, plan: serde_json::from_str(&plan).map_err(Refusal::broken)? })
}

/// The current version. `None` where an award has no schedule.
pub(super) fn latest(conn: &mut Conn, award_id: Id) -> Result<Option<Schedule>, Refusal> {
    let row: Option<Row> = on!(conn, c => table::table.filter(table::award_id.eq(award_id)).order(table::version.desc())
        .select((table::award_id, table::version, table::recorded_at, table::made_by, table::amount_pence, table::plan))
        .first(c).optional())?;
    row.map(assemble).transpose()
}

/// The current schedules of these awards.
pub(super) fn of_awards(conn: &mut Conn, awards: &[Id]) -> Result<Vec<Schedule>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => table::table.filter(table::award_id.eq_any(awards)).order((table::award_id, table::version))
        .select((table::award_id, table::version, table::recorded_at, table::made_by, table::amount_pence, table::plan)).load(c))?;
    rows.into_iter().map(assemble).collect()
}

/// Adds a version.
pub(super) fn add(conn: &mut Conn, one: &Schedule) -> Result<(), Refusal> {
    let values = (
        table::award_id.eq(one.award_id),
        table::version.eq(one.version),
        table::recorded_at.eq(one.recorded_at),
        table::made_by.eq(&one.made_by),
        table::amount_pence.eq(one.amount),
        table::plan.eq(serde_json::to_string(&one.plan).map_err(Refusal::broken)?),
    );
    on!(conn, c => diesel::insert_into(table::table).values(values).execute(c))?;
    Ok(())
}
