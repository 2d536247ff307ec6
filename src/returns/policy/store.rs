//! The policy in the database.

use diesel::prelude::*;

use crate::kernel::{Moment, Pence, Refusal};
use crate::returns::policy::rules::ReturnPolicy;
use crate::store::Conn;
use crate::store::schema::return_policy;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = return_policy)]
struct PolicyRow {
    version: i32,
    recorded_at: Moment,
    due_working_days: i32,
    remind_days_before: Option<i32>,
    weekly_reminders_max: i32,
    self_certified_up_to_pence: Pence,
    profile_tolerance_percent: i32,
    short_form_up_to_pence: Pence,
    send_again_working_days: i32,
}

/// The policy in one version. Version 0 is what the service has built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyVersion {
    /// Which version this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Option<Moment>,
    /// What it says.
    pub policy: ReturnPolicy,
}

pub(super) fn latest(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    let row: Option<PolicyRow> =
        on!(conn, c => return_policy::table.order(return_policy::version.desc()).select(PolicyRow::as_select()).first(c).optional())?;
    let shown = |row: PolicyRow| PolicyVersion {
        version: row.version,
        recorded_at: Some(row.recorded_at),
        policy: ReturnPolicy {
            due_working_days: row.due_working_days,
            remind_days_before: row.remind_days_before,
            weekly_reminders_max: row.weekly_reminders_max,
            self_certified_up_to_pence: row.self_certified_up_to_pence,
            profile_tolerance_percent: row.profile_tolerance_percent,
            short_form_up_to_pence: row.short_form_up_to_pence,
            send_again_working_days: row.send_again_working_days,
        },
    };
    Ok(row.map(shown).unwrap_or_default())
}

pub(super) fn add(conn: &mut Conn, version: i32, recorded_at: Moment, policy: &ReturnPolicy) -> Result<(), Refusal> {
    let row = PolicyRow {
        version,
        recorded_at,
        due_working_days: policy.due_working_days,
        remind_days_before: policy.remind_days_before,
        weekly_reminders_max: policy.weekly_reminders_max,
        self_certified_up_to_pence: policy.self_certified_up_to_pence,
        profile_tolerance_percent: policy.profile_tolerance_percent,
        short_form_up_to_pence: policy.short_form_up_to_pence,
        send_again_working_days: policy.send_again_working_days,
    };
    on!(conn, c => diesel::insert_into(return_policy::table).values(&row).execute(c))?;
    Ok(())
}
