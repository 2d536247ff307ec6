//! Which returns an award would owe if it were agreed otherwise, and returns whose day is agreed anew.

use chrono::NaiveDate;

use crate::awards::Award;
use crate::kernel::{Code, Id, Refusal};
use crate::returns::acts;
use crate::returns::owed;
use crate::returns::rules::{self, Begun};
use crate::returns::steps::change_because;
use crate::returns::store::{self, Return};
use crate::store::{Conn, Tx};

/// A return that an award owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReturn {
    /// `2020-21-Q3`.
    pub period: String,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// The day by which it should be in.
    pub due_on: NaiveDate,
    /// Whether it still waits for its provider.
    pub is_awaited: bool,
}

fn shown(one: &Return) -> DueReturn {
    DueReturn {
        period: one.planned.period.clone(),
        starts_on: one.planned.starts_on,
        ends_on: one.planned.ends_on,
        due_on: one.awaited_by().unwrap_or(one.due_on),
        is_awaited: one.awaited_by().is_some(),
    }
}

/// The returns that an award owes, by the day they begin.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn owed_now(conn: &mut Conn, award_id: Id) -> Result<Vec<DueReturn>, Refusal> {
    let all = store::of_award(conn, award_id)?;
    Ok(all.iter().filter(|one| one.is_owed && one.state != rules::ReturnState::FallenAway).map(shown).collect())
}

/// The returns that an award would owe if it stood as `award` says.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn owed_then(conn: &mut Conn, award: &Award) -> Result<Vec<DueReturn>, Refusal> {
    let wanted = owed::planned(&owed::reported(conn, award)?);
    let (leave, existing) = (acts::leave(conn, award.standing.accepted_on)?, store::of_award(conn, award.id)?);
    let begun: Vec<&Return> = existing.iter().filter(|one| one.state.is_begun()).collect();
    let given = |one: &&Return| Begun { planned: one.planned.clone(), is_fixed: !one.state.is_with_provider() };
    let settled = rules::settle(&wanted, &begun.iter().map(given).collect::<Vec<_>>());
    let mut all = Vec::new();
    for (one, (planned, is_owed)) in begun.into_iter().zip(settled.begun) {
        if is_owed {
            let mut next = one.clone();
            if next.planned != planned {
                acts::set_due(&mut next, &planned, &leave);
            }
            next.set_days(planned);
            all.push(shown(&next));
        }
    }
    for planned in settled.open {
        let kept = existing.iter().find(|one| !one.state.is_begun() && one.planned.period == planned.period);
        let mut due_on = planned.due_on(&leave);
        if let Some(one) = kept {
            let mut next = one.clone();
            if next.planned != planned || next.state != rules::ReturnState::Open {
                acts::set_due(&mut next, &planned, &leave);
            }
            due_on = next.due_on;
        }
        let (starts_on, ends_on) = (planned.starts_on, planned.ends_on);
        all.push(DueReturn { period: planned.period, starts_on, ends_on, due_on, is_awaited: true });
    }
    all.sort_by_key(|one| (one.starts_on, one.period.clone()));
    Ok(all)
}

/// Makes returns of an award due on other days, as was agreed with its provider: each period with its new day.
///
/// # Errors
/// [`Code::RuleBroken`] where a return is not awaited any more.
pub fn agree_days(tx: &mut Tx<'_>, award_id: Id, days: &[(String, NaiveDate)], why: &str) -> Result<(), Refusal> {
    let all = store::of_award(tx.conn(), award_id)?;
    for (period, due_on) in days {
        let one = all.iter().find(|one| one.planned.period == *period && one.awaited_by().is_some());
        let Some(one) = one else {
            let detail = format!("The return for {period} is not waited for any more, so it cannot be due on another day.");
            return Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "period": period })));
        };
        if one.awaited_by() == Some(*due_on) {
            continue;
        }
        change_because(tx, one, Some(why), |next| {
            if next.send_again_by.is_some() {
                next.send_again_by = Some(*due_on);
            } else {
                (next.due_on, next.due_reason) = (*due_on, Some(why.to_owned()));
            }
        })?;
    }
    Ok(())
}
