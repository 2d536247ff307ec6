//! What a variation that is not applied yet would do to its award as that stands now.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::awards::acts as awards;
use crate::awards::rules::{AwardAct, AwardInput};
use crate::kernel::{Id, Pence, Refusal};
use crate::store::Conn;
use crate::variations::acts::{self, Beside, award_of, beside};
use crate::variations::pictures::Surroundings;
use crate::variations::policy::acts as policy;
use crate::variations::rules::{self, Standing, Stands, VariationEffect, VariationInput, VariationPolicy, VariationState};
use crate::variations::store::Variation;

/// A variation beside its award.
#[derive(Debug, Clone, Default)]
pub struct Prospect {
    /// What stands before: as it was issued or applied, for a draft as it is now.
    pub before: Option<Value>,
    /// What stands after, or would stand. None for one that can never be applied any more.
    pub after: Option<Value>,
    /// How it stands beside its award and the policy of the office.
    pub standing: Standing,
    /// Whether its change of the value is approved by somebody else before it is issued.
    pub needs_approval: bool,
}

impl Prospect {
    /// What a variation shows in a list over many awards: what it kept, and the acts that its state allows. Whether they fit its award as
    /// that stands now is told by the variation itself.
    pub fn unlooked(one: &Variation) -> Self {
        let standing = Standing { fits: true, is_overtaken: false, waits_for_approval: false };
        Self { before: one.before.clone(), after: one.after.clone(), standing, needs_approval: false }
    }

    fn kept(one: &Variation) -> Self {
        Self { standing: Standing { fits: false, is_overtaken: false, waits_for_approval: false }, ..Self::unlooked(one) }
    }
}

/// Variations of one award beside it, in their order. As much is looked up for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of(conn: &mut Conn, award_id: Id, all: &[Variation], today: NaiveDate) -> Result<Vec<Prospect>, Refusal> {
    let open: Vec<&Variation> = all.iter().filter(|one| may_be_applied(one, today)).collect();
    if open.is_empty() {
        return Ok(all.iter().map(Prospect::kept).collect());
    }
    let award = award_of(conn, award_id)?;
    let inputs: Vec<_> = open.iter().map(|one| &one.input).collect();
    let beside = beside(conn, award, &inputs)?;
    let has_drafts = open.iter().any(|one| one.state == VariationState::Draft);
    let policy = if has_drafts { policy::get(conn)?.policy } else { VariationPolicy::default() };
    let look = |one: &Variation| {
        let is_open = may_be_applied(one, today);
        if is_open { look(conn, &beside, one, (today, &policy)) } else { Ok(Prospect::kept(one)) }
    };
    all.iter().map(look).collect()
}

/// What a variation does to what surrounds its award: as it did, once it is applied, and until then as it would. None of one that can never be applied
/// any more, also since another change has overtaken it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn effect(conn: &mut Conn, one: &Variation, today: NaiveDate) -> Result<Option<VariationEffect>, Refusal> {
    if !may_be_applied(one, today) {
        return Ok(one.effect.clone());
    }
    let award = award_of(conn, one.award_id)?;
    let beside = beside(conn, award, &[&one.input])?;
    let now = beside.now(&one.input);
    if one.before.as_ref().is_some_and(|issued| !rules::overlaps(&one.input, issued, &now).is_empty()) {
        return Ok(None);
    }
    let (terms, split) = terms_then(conn, &beside, &one.input)?;
    let lines: Vec<Id> = split.iter().map(|(line, _)| *line).collect();
    let around = Surroundings::of(conn, &[(&beside.award, &one.input)], &lines)?;
    let before = around.now(&beside, &one.input);
    let after = around.then(&beside, (&one.input, &before), (&terms, &split), today);
    Ok(Some(rules::effect(&before, &after)))
}

fn may_be_applied(one: &Variation, today: NaiveDate) -> bool {
    use VariationState::{Accepted, Draft, Issued};
    let state = rules::shown_state(one.state, one.answer_due_on, today);
    matches!(state, Draft | Issued | Accepted) && AwardAct::Vary.is_open_in(one.award_state)
}

fn look(conn: &mut Conn, beside: &Beside, one: &Variation, (today, policy): (NaiveDate, &VariationPolicy)) -> Result<Prospect, Refusal> {
    let input = &one.input;
    let now = beside.now(input);
    let issued = one.before.as_ref().unwrap_or(&now);
    let is_touched = !rules::overlaps(input, issued, &now).is_empty();
    let is_overtaken = is_touched || rules::Earliest::missed(beside.earliest(input), input.effective_on).is_some();
    let after = if is_touched { None } else { Some(after(conn, beside, input)?.0) };
    let fits = if one.state == VariationState::Draft {
        let mut faults = beside.faults(input);
        rules::check_start(&mut faults, input.effective_on, beside.earliest(input));
        let is_answerable = rules::check_answerable(input.is_unilateral, beside.award.terms.provider_id).is_ok();
        is_answerable && faults.0.is_empty() && beside.idle(input).0.is_empty()
    } else {
        !is_touched && rules::check_day(input.effective_on, beside.earliest(input), today).is_ok()
    };
    let needs_approval = one.state == VariationState::Draft && rules::needs_approval(input.change_pence(), policy);
    let standing = Standing { fits, is_overtaken, waits_for_approval: needs_approval && one.approved_on.is_none() };
    Ok(Prospect { before: Some(issued.clone()), after, standing, needs_approval })
}

/// What the award would then agree to, and what each budget line would pay.
fn terms_then(conn: &mut Conn, beside: &Beside, input: &VariationInput) -> Result<(AwardInput, Vec<(Id, Pence)>), Refusal> {
    let award = &beside.award;
    if input.changes_terms() {
        awards::terms_after(conn, award, &beside.terms_change(input, award))
    } else {
        Ok((award.terms.clone(), award.split.clone()))
    }
}

/// What it touches as that would stand once it is applied, and what each budget line would then pay.
pub(super) fn after(conn: &mut Conn, beside: &Beside, input: &VariationInput) -> Result<(Value, Vec<(Id, Pence)>), Refusal> {
    let (terms, split) = terms_then(conn, beside, input)?;
    let targets: Map<String, Value> = input.targets.iter().map(|one| (one.indicator_id.to_string(), json!(one.targets))).collect();
    let as_now = beside.stands(input);
    let mode = beside.award.standing.delivery_mode;
    let delivery = input.delivery.as_ref().map(|delivery| json!({ "status": delivery.status, "mode": delivery.mode.or(mode) }));
    let conditions = input.conditions.as_ref().map(|change| change.applied_to(&beside.known.conditions));
    let uses = beside.moved.iter().chain([input]).flat_map(|one| &one.use_of_funds);
    let then = Stands {
        terms: &terms,
        split: &split,
        delivery: delivery.unwrap_or(as_now.delivery),
        targets: Value::Object(targets),
        moved: rules::moved(uses),
        schedule: input.payment_schedule.clone().or(as_now.schedule),
        conditions: conditions.map_or(as_now.conditions, |all| all.iter().map(|one| one.agreed()).collect()),
        return_days: rules::return_days(&input.return_dates, &beside.known.awaited).into_iter().collect(),
    };
    let touched = rules::touched(input, &then);
    Ok((touched, split))
}

/// Whether this user wrote any of a variation that waits for approval, so that somebody else approves it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn is_own(conn: &mut Conn, one: &Variation, standing: Standing, user: Option<Id>) -> Result<bool, Refusal> {
    if !standing.waits_for_approval || user.is_none() {
        return Ok(false);
    }
    Ok(!rules::is_by_other_hands(&acts::authors(conn, one.id)?, user))
}
