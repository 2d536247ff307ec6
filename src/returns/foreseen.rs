//! Which returns an award would owe if it were agreed otherwise, and returns whose day is agreed anew.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::awards::Award;
use crate::awards::monitoring::acts as monitoring;
use crate::awards::monitoring::rules::MonitoringFrequency;
use crate::kernel::{Code, Id, Refusal};
use crate::returns::acts;
use crate::returns::owed;
use crate::returns::policy::acts as policy;
use crate::returns::rules::{self, Begun, Leave};
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

/// The returns of an award as they stand now, with what more of them go by.
#[derive(Debug, Clone)]
pub struct Owing {
    existing: Vec<Return>,
    frequency: Option<MonitoringFrequency>,
    working_days: u32,
}

/// The returns of these awards, by award: as many questions are asked for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn owing(conn: &mut Conn, awards: &[&Award]) -> Result<HashMap<Id, Owing>, Refusal> {
    if awards.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Id> = awards.iter().map(|award| award.id).collect();
    let mut existing: HashMap<Id, Vec<Return>> = HashMap::new();
    for one in store::of_awards(conn, &ids)? {
        existing.entry(one.award_id).or_default().push(one);
    }
    let frequencies = monitoring::frequencies(conn, awards)?;
    let working_days = policy::get(conn)?.policy.working_days();
    let of = |id: Id| {
        let frequency = frequencies.get(&id).copied().ok_or_else(|| Refusal::broken("an award without a plan"))?;
        Ok((id, Owing { existing: existing.remove(&id).unwrap_or_default(), frequency, working_days }))
    };
    ids.into_iter().map(of).collect()
}

impl Owing {
    /// The returns that the award owes, by the day they begin.
    #[must_use]
    pub fn now(&self) -> Vec<DueReturn> {
        self.existing.iter().filter(|one| one.is_owed && one.state != rules::ReturnState::FallenAway).map(shown).collect()
    }

    /// The returns that it would owe if it stood as `award` says.
    #[must_use]
    pub fn then(&self, award: &Award) -> Vec<DueReturn> {
        let wanted = owed::planned(&owed::reported(award, self.frequency));
        let leave = Leave { working_days: self.working_days, accepted_on: award.standing.accepted_on };
        let begun: Vec<&Return> = self.existing.iter().filter(|one| one.state.is_begun()).collect();
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
            let kept = self.existing.iter().find(|one| !one.state.is_begun() && one.planned.period == planned.period);
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
        all
    }
}

/// Makes returns of an award due on other days, as was agreed with its provider: `agreed` is given what is waited for, each period with its day, and says
/// each period with its new day.
///
/// # Errors
/// [`Code::RuleBroken`] where a return is not awaited any more.
pub fn agree_days(
    tx: &mut Tx<'_>,
    award_id: Id,
    agreed: impl FnOnce(&[(String, NaiveDate)]) -> Vec<(String, NaiveDate)>,
    why: &str,
) -> Result<(), Refusal> {
    let all = store::of_award(tx.conn(), award_id)?;
    let awaited: Vec<(String, NaiveDate)> = all.iter().filter_map(|one| Some((one.planned.period.clone(), one.awaited_by()?))).collect();
    for (period, due_on) in agreed(&awaited) {
        let one = all.iter().find(|one| one.planned.period == period && one.awaited_by().is_some());
        let Some(one) = one else {
            let detail = format!("The return for {period} is not waited for any more, so it cannot be due on another day.");
            return Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "period": period })));
        };
        if one.awaited_by() == Some(due_on) {
            continue;
        }
        change_because(tx, one, Some(why), |next| {
            if next.send_again_by.is_some() {
                next.send_again_by = Some(due_on);
            } else {
                (next.due_on, next.due_reason) = (due_on, Some(why.to_owned()));
            }
        })?;
    }
    Ok(())
}
