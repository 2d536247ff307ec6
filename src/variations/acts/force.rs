//! Bringing variations into force: by hand, or on their day.

use chrono::NaiveDate;
use serde_json::json;

use super::beside::{Beside, award_of, beside, terms_change};
use super::{LOOKED_UP_AT_ONCE, change, load, not_shared, step};
use crate::access::{Caller, Scope};
use crate::awards::Award;
use crate::awards::acts::{self as awards, AwardDelivery, TermsChange};
use crate::awards::indicators::acts as indicators;
use crate::awards::monitoring::acts as monitoring;
use crate::awards::rules::{AwardAct, allowed};
use crate::kernel::{Code, Id, Pence, Refusal};
use crate::payments::schedule::foreseen as payments;
use crate::returns::foreseen as returns;
use crate::store::{Conn, Tx};
use crate::variations::campaigns;
use crate::variations::pictures;
use crate::variations::rules::{self, Picture, VariationAct, VariationApplication, VariationState};
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
    let award = award_of(tx.conn(), one.award_id)?;
    let stood = beside(tx.conn(), award, &[&one.input])?;
    apply_beside(tx, one, stood)
}

/// The same, beside its award as that stands now.
pub(in crate::variations) fn apply_beside(tx: &mut Tx<'_>, one: &Variation, stood: Beside) -> Result<Variation, Refusal> {
    let state = step(tx, one, VariationAct::Apply)?;
    allowed(AwardAct::Vary, stood.award.state())?;
    let today = tx.today();
    rules::check_day(one.input.effective_on, stood.earliest(&one.input), today)?;
    make_it_hold(tx, one, stood, (state, today)).map_err(|refusal| refusal.of_record("award, as the variation would make it,", &[]))
}

/// Changes the award as the variation says, applied `on` that day.
pub(in crate::variations) fn bring_into_force(
    tx: &mut Tx<'_>,
    one: &Variation,
    state: VariationState,
    on: NaiveDate,
) -> Result<Variation, Refusal> {
    let award = award_of(tx.conn(), one.award_id)?;
    let stood = beside(tx.conn(), award, &[&one.input])?;
    make_it_hold(tx, one, stood, (state, on))
}

fn make_it_hold(tx: &mut Tx<'_>, one: &Variation, stood: Beside, (state, on): (VariationState, NaiveDate)) -> Result<Variation, Refusal> {
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
    // What was taken in from the past never was a question of what it would do.
    let is_told = one.issued_on.is_some();
    let before = if is_told { pictures::now(tx.conn(), &stood, input)? } else { Picture::default() };
    let terms_no = change_award(tx, one, &stood.award).or_else(|refusal| with_figures(tx, one, refusal))?;
    let changed = award_of(tx.conn(), one.award_id)?;
    let mut stands = beside(tx.conn(), changed, &[input])?;
    let effect = if is_told { Some(rules::effect(&before, &pictures::now(tx.conn(), &stands, input)?)) } else { None };
    stands.moved.push(input.clone());
    let after = stands.now(input);
    change(tx, one, |next| {
        next.state = state;
        next.before = Some(now);
        next.after = Some(after);
        next.terms_no = terms_no;
        next.applied_on = Some(on);
        next.effect = effect;
        (next.failed_on, next.failure) = (None, None);
    })
}

/// A refusal of less money says what is paid and on its way.
fn with_figures<T>(tx: &mut Tx<'_>, one: &Variation, refusal: Refusal) -> Result<T, Refusal> {
    let is_less = one.input.change_pence() < Pence::ZERO;
    if !is_less || !matches!(refusal, Refusal::Rule { code: Code::InsufficientBalance | Code::RuleBroken, .. }) {
        return Err(refusal);
    }
    let award = awards::get(tx.conn(), Scope::Office, one.award_id)?;
    Err(rules::lowest(refusal, &payments::gone_out(tx.conn(), &award)?))
}

/// Answers the number of the new terms, where there are any.
fn change_award(tx: &mut Tx<'_>, one: &Variation, award: &Award) -> Result<Option<i32>, Refusal> {
    let (input, on, id) = (&one.input, one.input.effective_on, one.award_id);
    let mut terms_no = None;
    // Before the terms, so that their new version has them.
    if let Some(conditions) = &input.conditions {
        let before = monitoring::conditions(tx.conn(), award)?;
        monitoring::vary_conditions(tx, id, &conditions.applied_to(&before))?;
    }
    if input.changes_terms() {
        let living_wage_attested_on = one.living_wage_attested_on;
        let change = TermsChange { variation_id: Some(one.id), living_wage_attested_on, ..terms_change(input, award) };
        terms_no = Some(awards::apply_terms(tx, id, &change)?.after_no);
    }
    if let Some(schedule) = &input.payment_schedule {
        payments::agree(tx, id, &schedule.plan())?;
    }
    if let Some(delivery) = &input.delivery {
        let current = awards::get(tx.conn(), Scope::Office, id)?.version;
        let delivery = AwardDelivery { status: delivery.status, mode: delivery.mode.or(award.standing.delivery_mode), since: Some(on) };
        awards::deliver(tx, Scope::Office, id, current, &delivery)?;
    }
    for change in &input.targets {
        indicators::apply_targets(tx, id, change.indicator_id, &change.targets, on)?;
    }
    if !input.return_dates.is_empty() {
        let owed = returns::owed_now(tx.conn(), id)?;
        let awaited: Vec<(String, NaiveDate)> = owed.into_iter().filter(|one| one.is_awaited).map(|one| (one.period, one.due_on)).collect();
        let mut days = rules::return_days(&input.return_dates, &awaited);
        // What is named and not waited for any more is told, rather than passed over.
        let missing = input.return_dates.iter().filter_map(|one| one.period.clone().zip(one.due_on.or(Some(on))));
        days.extend(missing.filter(|(period, _)| awaited.iter().all(|(other, _)| other != period)));
        returns::agree_days(tx, id, &days, &format!("agreed in the variation {}", one.reference))?;
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
