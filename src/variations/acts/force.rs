//! Bringing variations into force: by hand, or on their day.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::beside::{Beside, awards_of, besides};
use super::together::save_all;
use super::{LOOKED_UP_AT_ONCE, change, load, not_shared, step};
use crate::access::{Caller, Scope};
use crate::awards::acts::{self as awards, AwardDelivery, Looked, TermsChange};
use crate::awards::indicators::acts as indicators;
use crate::awards::monitoring::acts as monitoring;
use crate::awards::rules::{AwardAct, allowed};
use crate::kernel::{Code, Id, Refusal};
use crate::payments::schedule::foreseen as payments;
use crate::returns::foreseen as returns;
use crate::store::{Conn, Tx};
use crate::variations::campaigns;
use crate::variations::pictures::Surroundings;
use crate::variations::rules::{self, Picture, VariationAct, VariationApplication, VariationInput, VariationState};
use crate::variations::store::{self, Variation};

/// Brings a variation into force: the award gets its next agreement version, the ledger moves, what is unpaid is cut again, delivery, targets,
/// conditions and the days of returns change.
///
/// # Errors
/// It is not accepted; the award is not live or paused; its day has not come; [`Code::Overlap`] with the fields that another change has
/// touched since it was issued; [`Code::RuleBroken`] where another award has come to share an indicator whose targets change, where more would be
/// moved between uses than the tolerance, and where the award would end before days that are paid; whatever the award, the budget line, the ledger or
/// the payments refuse, with what is paid and on its way; [`Refusal::Forbidden`] and [`Code::SamePerson`] where a campaign that changes values
/// issued it.
pub fn apply(tx: &mut Tx<'_>, caller: &Caller, id: Id, version: i32) -> Result<Variation, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    campaigns::check_application(tx.conn(), caller, id)?;
    apply_now(tx, &one)
}

/// Brings one into force, today, that was looked up.
fn apply_now(tx: &mut Tx<'_>, one: &Variation) -> Result<Variation, Refusal> {
    let (all, around) = surrounded(tx.conn(), &[one])?;
    let stood = all.first().ok_or(Refusal::NotFound("award"))?;
    let forced = force(tx, &mut Looked::default(), (one, stood), &around)?;
    settle(tx, &[forced])?.pop().ok_or(Refusal::NotFound("variation"))
}

/// Brings variations of as many awards into force, today, which were looked up, in their order; answers the awards of those that cannot be, and why. These
/// are left as they are. What each award has of its own is looked up once for all of them, and what became of it is noted once; what they draw on together
/// is looked up for each.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::variations) fn apply_all(tx: &mut Tx<'_>, all: &[Variation]) -> Result<Vec<(Id, Refusal)>, Refusal> {
    let told: Vec<&Variation> = all.iter().collect();
    let (stood, around) = surrounded(tx.conn(), &told)?;
    let (mut looked, mut forced, mut refused) = (Looked::default(), Vec::with_capacity(all.len()), Vec::new());
    for (one, stood) in all.iter().zip(&stood) {
        match tx.tried(|tx| force(tx, &mut looked, (one, stood), &around)) {
            Ok(done) => forced.push(done),
            Err(refusal @ Refusal::Store(_)) => return Err(refusal),
            Err(refusal) => refused.push((one.award_id, refusal)),
        }
    }
    settle(tx, &forced)?;
    Ok(refused)
}

/// Changes the award as the variation says, applied `on` that day.
pub(in crate::variations) fn bring_into_force(
    tx: &mut Tx<'_>,
    one: &Variation,
    state: VariationState,
    on: NaiveDate,
) -> Result<Variation, Refusal> {
    let (all, around) = surrounded(tx.conn(), &[one])?;
    let stood = all.first().ok_or(Refusal::NotFound("award"))?;
    let forced = make_it_hold(tx, &mut Looked::default(), (one, stood), &around, (state, on))?;
    settle(tx, &[forced])?.pop().ok_or(Refusal::NotFound("variation"))
}

/// What these variations, of an award each, are applied beside, in their order; and what surrounds the awards of those that were issued. What was taken in
/// from the past never was a question of what it would do.
fn surrounded(conn: &mut Conn, all: &[&Variation]) -> Result<(Vec<Beside>, Surroundings), Refusal> {
    let awards = awards_of(conn, &all.iter().map(|one| one.award_id).collect::<Vec<_>>())?;
    let stood = besides(conn, awards.into_iter().zip(all).map(|(award, one)| (award, vec![&one.input])).collect())?;
    let issued = stood.iter().zip(all).filter(|(_, one)| one.issued_on.is_some());
    let around = Surroundings::of(conn, &issued.map(|(stood, one)| (&stood.award, &one.input)).collect::<Vec<_>>(), &[])?;
    Ok((stood, around))
}

/// A variation whose award was changed, before it is noted what stands since.
struct Forced<'a> {
    one: &'a Variation,
    /// What it changed: budget lines have borne what they could.
    input: VariationInput,
    state: VariationState,
    on: NaiveDate,
    /// What it touches, as that stood.
    stood: Value,
    /// What surrounded its award, where it was issued.
    before: Option<Picture>,
    terms_no: Option<i32>,
}

/// Changes the award of a variation that may come into force today.
fn force<'a>(
    tx: &mut Tx<'_>,
    looked: &mut Looked,
    (one, stood): (&'a Variation, &Beside),
    around: &Surroundings,
) -> Result<Forced<'a>, Refusal> {
    let state = step(tx, one, VariationAct::Apply)?;
    allowed(AwardAct::Vary, stood.award.state())?;
    let today = tx.today();
    rules::check_day(one.input.effective_on, stood.earliest(&one.input), today)?;
    make_it_hold(tx, looked, (one, stood), around, (state, today))
        .map_err(|refusal| refusal.of_record("award, as the variation would make it,", &[]))
}

fn make_it_hold<'a>(
    tx: &mut Tx<'_>,
    looked: &mut Looked,
    (one, stood): (&'a Variation, &Beside),
    around: &Surroundings,
    (state, on): (VariationState, NaiveDate),
) -> Result<Forced<'a>, Refusal> {
    let input = &one.input;
    not_shared(tx, input, &stood.award)?;
    let now = stood.now(input);
    let overlaps = rules::overlaps(input, one.before.as_ref().unwrap_or(&now), &now);
    if !overlaps.is_empty() {
        let detail = format!(
            "Another change has touched {} since this variation was issued. Rebase it, so that it stands on what is agreed now, or take it back.",
            overlaps.join(", ")
        );
        return Err(Refusal::rule_with(Code::Overlap, detail, json!({ "fields": overlaps })));
    }
    rules::check_tolerance(input, stood.award.terms.amount_pence, &stood.known)?;
    if let Some((_, sentence)) = rules::too_far(input, &stood.known.gone_out).into_iter().next() {
        let (paid, reserved) = (stood.known.gone_out.paid, stood.known.gone_out.reserved);
        return Err(Refusal::rule_with(Code::RuleBroken, sentence, json!({ "paid_pence": paid, "reserved_pence": reserved })));
    }
    let before = one.issued_on.map(|_| around.now(stood, input));
    let terms_no = change_award(tx, looked, one, stood)
        .map_err(|refusal| rules::with_floor(refusal, input, stood.award.terms.amount_pence, &stood.known))?;
    Ok(Forced { one, input: stood.borne(input), state, on, stood: now, before, terms_no })
}

/// Notes of variations whose awards were changed what stands since, and what that did.
fn settle(tx: &mut Tx<'_>, all: &[Forced<'_>]) -> Result<Vec<Variation>, Refusal> {
    let (stands, around) = surrounded(tx.conn(), &all.iter().map(|forced| forced.one).collect::<Vec<_>>())?;
    let recorded_at = tx.recorded_at();
    let mut applied = Vec::with_capacity(all.len());
    for (Forced { one, input, state, on, stood, before, terms_no }, mut stands) in all.iter().zip(stands) {
        let effect = before.as_ref().map(|before| rules::effect(before, &around.now(&stands, input)));
        stands.moved.push(input.clone());
        applied.push(Variation {
            version: one.version + 1,
            recorded_at,
            state: *state,
            input: input.clone(),
            before: Some(stood.clone()),
            after: Some(stands.now(input)),
            terms_no: *terms_no,
            applied_on: Some(*on),
            effect,
            failed_on: None,
            failure: None,
            ..(*one).clone()
        });
    }
    save_all(tx, all.iter().map(|forced| forced.one), &applied)?;
    Ok(applied)
}

/// Changes the award as it stood, and answers the number of the new terms, where there are any.
fn change_award(tx: &mut Tx<'_>, looked: &mut Looked, one: &Variation, stood: &Beside) -> Result<Option<i32>, Refusal> {
    let (input, on, id) = (&one.input, one.input.effective_on, one.award_id);
    let (mut award, mut terms_no) = (stood.award.clone(), None);
    // Before the terms, so that their new version has them.
    if let Some(conditions) = &input.conditions {
        let before = &stood.known.conditions;
        award = monitoring::vary_conditions(tx, award, before, &conditions.applied_to(before))?;
    }
    if input.changes_terms() {
        let living_wage_attested_on = one.living_wage_attested_on;
        let change = TermsChange { variation_id: Some(one.id), living_wage_attested_on, ..stood.terms_change(input, &award) };
        terms_no = Some(awards::apply_terms(tx, looked, &award, &change)?);
    }
    if let Some(schedule) = &input.payment_schedule {
        payments::agree(tx, id, &schedule.plan())?;
    }
    if let Some(delivery) = &input.delivery {
        let mode = delivery.mode.or(stood.award.standing.delivery_mode);
        if terms_no.is_some() {
            award = awards::get(tx.conn(), Scope::Office, id)?;
        }
        awards::deliver_now(tx, award, &AwardDelivery { status: delivery.status, mode, since: Some(on) })?;
    }
    for change in &input.targets {
        indicators::apply_targets(tx, id, change.indicator_id, &change.targets, on)?;
    }
    if !input.return_dates.is_empty() {
        let agreed = |awaited: &[(String, NaiveDate)]| {
            let mut days = rules::return_days(&input.return_dates, awaited);
            // What is named and not waited for any more is told, rather than passed over.
            let missing = input.return_dates.iter().filter_map(|one| one.period.clone().zip(one.due_on.or(Some(on))));
            days.extend(missing.filter(|(period, _)| awaited.iter().all(|(other, _)| other != period)));
            days
        };
        returns::agree_days(tx, id, agreed, &format!("agreed in the variation {}", one.reference))?;
    }
    Ok(terms_no)
}

/// Some of the variations after the one `after` that are to be applied by themselves and whose day has come, by id; none where there are no more.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn due(conn: &mut Conn, today: NaiveDate, after: Option<Id>) -> Result<Vec<Id>, Refusal> {
    store::due(conn, today, after, LOOKED_UP_AT_ONCE)
}

/// Applies a variation whose day has come. Where that is refused, why is kept with the variation, once as long as it stays the same; the next look
/// tries again. Says whether it was applied.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Store`] where the database fails.
pub fn apply_on_its_day(tx: &mut Tx<'_>, id: Id) -> Result<bool, Refusal> {
    let one = super::find(tx.conn(), Scope::Office, id)?;
    let is_asked = one.input.application == VariationApplication::OnItsDay && one.input.effective_on <= tx.today();
    if !is_asked || step(tx, &one, VariationAct::Apply).is_err() {
        return Ok(false);
    }
    let refusal = match tx.tried(|tx| apply_now(tx, &one)) {
        Ok(_) => return Ok(true),
        Err(refusal @ Refusal::Store(_)) => return Err(refusal),
        Err(refusal) => told(&refusal),
    };
    if one.failure.as_deref() != Some(refusal.as_str()) {
        tracing::warn!(%id, reference = one.reference, fault = refusal, "a variation could not be applied on its day");
        let today = tx.today();
        change(tx, &one, |next| (next.failed_on, next.failure) = (Some(today), Some(refusal)))?;
    }
    Ok(false)
}

/// A refusal in plain words.
fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Rule { detail, .. } => detail.clone(),
        Refusal::Invalid(faults) => faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
