//! New terms for an award under way: what an applied variation does.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::draft::TermsParts;
use super::looked::Looked;
use super::offer::{available, transfer};
use super::{check, payer, whole};
use crate::audit::{self, Entry};
use crate::awards::rules::{self, AwardAct, AwardInput, QuarterAmount, Recut, SplitLine};
use crate::awards::store::{self, Award, NewTerms, Standing};
use crate::funds::budget_lines;
use crate::kernel::{Event, Faults, Id, Pence, Quarter, Refusal};
use crate::ledger::AccountKind;
use crate::store::{Conn, Tx};

/// A change of an agreement.
#[derive(Debug, Clone)]
pub struct TermsChange {
    /// What is agreed from now on. `split` is passed over. A profile that is left as it was is cut again to the new amount and dates, from
    /// `effective_on` on, and annual amounts that are left follow it; others must add up.
    pub terms: AwardInput,
    /// What has gone out for each quarter, or is on its way: that stays as long as other quarters can bear what changes.
    pub gone_out: Vec<QuarterAmount>,
    /// What each budget line pays from now on; empty: each line changes in proportion to what it pays, as far as it can.
    pub split: Vec<SplitLine>,
    /// What each budget line has left to give, where the award comes to less: none gives more, as long as the others can bear it. Without it each gives
    /// in proportion to what it pays.
    pub free: Option<BTreeMap<Id, Pence>>,
    /// Whether an increase comes from the fund period, although a tranche or an earmark pays the award.
    pub from_fund_period: bool,
    /// From when it holds.
    pub effective_on: NaiveDate,
    /// The variation that makes it.
    pub variation_id: Option<Id>,
    /// When the provider said, with this change, that it pays the National Living Wage (R65).
    pub living_wage_attested_on: Option<NaiveDate>,
}

/// Gives a live or paused award its next terms, and answers their number. `award` is as it stands now, with its profile; where many are changed together,
/// `looked` is the same for all. More money moves from whoever pays the award straight to what is committed; less
/// moves from there to the fund period. The award's event holds standing and terms before and after; the caller writes that of its
/// own act beside it.
///
/// # Errors
/// [`Refusal::Stale`]; [`crate::kernel::Code::WrongState`]; every fault of the terms; whatever the ledger or
/// [`budget_lines::may_offer`] refuses.
pub fn apply_terms(tx: &mut Tx<'_>, looked: &mut Looked, award: &Award, change: &TermsChange) -> Result<i32, Refusal> {
    rules::allowed(AwardAct::Vary, award.state())?;
    let terms_no = apply(tx, looked, award, change)?;
    tx.emit(Event::AwardTermsChanged { award_id: award.id })?;
    Ok(terms_no)
}

/// What would be wrong with the terms of an award after a change, each at its place in [`AwardInput`]. `award` has its profile. Where many
/// are checked together, `looked` is the same for all.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn faults_of_change(conn: &mut Conn, looked: &mut Looked, award: &Award, change: &TermsChange) -> Result<Faults, Refusal> {
    let after = fitted(&award.terms, change, award.period.ends_on);
    check::against(conn, looked, (Some(award.id), Some(&award.terms)), &after, &award.standing.provenance()).map(|(_, faults)| faults)
}

/// What an award would be after a change: its terms with the profile, and what each budget line would pay. Whether there is money for it
/// is seen when it is applied. `award` has its profile.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn terms_after(conn: &mut Conn, award: &Award, change: &TermsChange) -> Result<(AwardInput, Vec<(Id, Pence)>), Refusal> {
    let mut after = fitted(&award.terms, change, award.period.ends_on);
    after.profile.sort_by_key(|one| one.quarter);
    after.annual_amounts.sort_by_key(|one| one.financial_year);
    let mut split = match new_split(conn, award, &after, change) {
        Err(Refusal::Rule { .. }) => award.split.clone(),
        settled => settled?,
    };
    split.sort_unstable_by_key(|(line, _)| *line);
    Ok((after, split))
}

/// The change itself, in whichever state, with the number of the terms that it makes.
pub(super) fn apply(tx: &mut Tx<'_>, looked: &mut Looked, award: &Award, change: &TermsChange) -> Result<i32, Refusal> {
    let before = &award.terms;
    fixed(before, &change.terms)?;
    let after = fitted(before, change, award.period.ends_on);
    let period = check::terms(tx, looked, (Some(award.id), Some(before)), &after, &award.standing.provenance())?;
    let mut split = new_split(tx.conn(), award, &after, change)?;
    split.sort_unstable_by_key(|(line, _)| *line);
    move_money(tx, award, &split, change)?;
    let after_no = award.standing.terms_no + 1;
    let recorded_at = tx.recorded_at();
    let (position, figure, body_id) = (award.position, award.figure.clone(), award.body_id);
    let parts = TermsParts { reference: &award.reference, period: &period, position, figure, body_id };
    let mut frame = parts.frame(award.id, after_no, (recorded_at, change.effective_on), &after);
    frame.variation_id = change.variation_id;
    let terms = AwardInput { split: Vec::new(), ..after.clone() };
    store::add_terms(tx.conn(), NewTerms { terms: &terms, frame, period_ends_on: period.span.ends_on, split: &split })?;
    let standing = hold_from(tx, award, after_no, change)?;
    let stood = whole(&award.standing, before, &award.split)?;
    let mut stands = whole(&standing, &terms, &split)?;
    if let (Some(variation_id), Some(fields)) = (change.variation_id, stands.as_object_mut()) {
        fields.insert("variation_id".to_owned(), json!(variation_id));
    }
    audit::record(tx, Entry { record_kind: "award", record_id: award.id, before: stood, after: stands, reason: None })?;
    Ok(after_no)
}

/// Lets terms hold from a day on, and answers where the award stands now. Steps that the award took after that day are told once more with these terms, so
/// that each day keeps its state.
fn hold_from(tx: &mut Tx<'_>, award: &Award, terms_no: i32, change: &TermsChange) -> Result<Standing, Refusal> {
    let on = change.effective_on;
    if on < award.standing.effective_on {
        let last = retell_from(tx, (award.id, award.version), (terms_no, change.living_wage_attested_on), on)?;
        return Ok(last.unwrap_or_else(|| award.standing.clone()));
    }
    let living_wage_attested_on = award.standing.living_wage_attested_on.or(change.living_wage_attested_on);
    let (version, recorded_at) = (award.version + 1, tx.recorded_at());
    let step = award.standing.clone();
    let next = Standing { version, recorded_at, effective_on: on, terms_no, living_wage_attested_on, reason: None, ..step };
    store::advance(tx.conn(), &next)?;
    Ok(next)
}

/// Tells what an award did from a day on once more, with other terms; answers the last of that.
pub(super) fn retell_from(
    tx: &mut Tx<'_>,
    (award_id, version): (Id, i32),
    (terms_no, attested_on): (i32, Option<NaiveDate>),
    on: NaiveDate,
) -> Result<Option<Standing>, Refusal> {
    let told = store::standings(tx.conn(), award_id)?;
    let steps = rules::from_day_on(on, told.into_iter().map(|step| (step.effective_on, step)).collect());
    let recorded_at = tx.recorded_at();
    let mut last = None;
    for (version, (effective_on, step)) in (version + 1..).zip(steps) {
        let living_wage_attested_on = step.living_wage_attested_on.or(attested_on);
        let next = Standing { version, recorded_at, effective_on, terms_no, living_wage_attested_on, reason: None, ..step };
        store::advance(tx.conn(), &next)?;
        last = Some(next);
    }
    Ok(last)
}

/// Who is party to an agreement, and what pays it, is no matter of a variation.
fn fixed(before: &AwardInput, after: &AwardInput) -> Result<(), Refusal> {
    let mut faults = Faults::new();
    let stays = [
        ("/kind", before.kind == after.kind),
        ("/fund_period_id", before.fund_period_id == after.fund_period_id),
        ("/tranche_id", before.tranche_id == after.tranche_id),
        ("/earmark_id", before.earmark_id == after.earmark_id),
        ("/provider_id", before.provider_id == after.provider_id),
        ("/component_of", before.component_of == after.component_of),
        ("/succeeds", before.succeeds == after.succeeds),
    ];
    for (pointer, is_same) in stays {
        faults.require(is_same, pointer, "fixed", "A variation does not change this; make another award.");
    }
    faults.into_result()
}

/// The new terms with a profile and annual amounts that fit them.
fn fitted(before: &AwardInput, change: &TermsChange, period_ends_on: NaiveDate) -> AwardInput {
    let mut after = AwardInput { split: change.split.clone(), ..change.terms.clone() };
    // What is cut to the same amount and days stays as it is, whatever the papers print of it.
    let is_cut = |terms: &AwardInput| (terms.amount_pence, terms.starts_on, terms.ends_on);
    if is_cut(&after) == is_cut(before) {
        return after;
    }
    let (had, quarters) = (rules::quarters_of(before), rules::quarters_of(&after));
    let new: Vec<Quarter> = quarters.iter().copied().filter(|quarter| had.last().is_some_and(|last| quarter > last)).collect();
    let (amount, was) = (after.amount_pence.unwrap_or_default(), before.amount_pence.unwrap_or_default());
    let (more, from) = ((amount - was).max(Pence::ZERO), change.effective_on);
    let cut = Recut { amount, more, from, period_ends_on, quarters: &quarters, new: &new, gone_out: &change.gone_out };
    let follows = after.profile == before.profile && !after.profile.is_empty();
    if follows {
        let inside: Vec<_> = after.profile.iter().copied().filter(|one| quarters.contains(&one.quarter)).collect();
        after.profile = rules::recut_profile(&inside, &cut);
    }
    if after.annual_amounts == before.annual_amounts && !after.annual_amounts.is_empty() {
        let is_inside = |one: &rules::YearAmount| quarters.iter().any(|quarter| quarter.year() == one.financial_year);
        let inside: Vec<_> = after.annual_amounts.iter().copied().filter(is_inside).collect();
        let years = || rules::years_of(&after.profile, &inside, period_ends_on);
        after.annual_amounts = if follows { years() } else { rules::recut_annual(&inside, &cut) };
    }
    after
}

fn new_split(conn: &mut Conn, award: &Award, after: &AwardInput, change: &TermsChange) -> Result<Vec<(Id, Pence)>, Refusal> {
    let Some(amount) = after.amount_pence.filter(|amount| amount.is_positive() && after.component_of.is_none()) else {
        return Ok(Vec::new());
    };
    if !change.split.is_empty() {
        return Ok(rules::settle_split(amount, &change.split, &[]));
    }
    if award.split.is_empty() {
        let available = available(conn, after, amount, change.effective_on)?;
        return Ok(rules::settle_split(amount, &[], &available));
    }
    let paid: Pence = award.split.iter().map(|(_, pence)| *pence).sum();
    let split = match &change.free {
        Some(free) if amount < paid => rules::lessen(&award.split, paid - amount, free),
        _ => rules::move_split(&award.split, amount - paid),
    };
    // A line that gave all it had pays nothing any more.
    Ok(split.into_iter().filter(|(_, pence)| !pence.is_zero()).collect())
}

fn move_money(tx: &mut Tx<'_>, award: &Award, split: &[(Id, Pence)], change: &TermsChange) -> Result<(), Refusal> {
    let on = change.effective_on;
    let period = (AccountKind::FundPeriod, award.terms.fund_period_id);
    let from = if change.from_fund_period { period } else { payer(&award.terms) };
    let committed = (AccountKind::Committed, award.id);
    let of = |lines: &[(Id, Pence)], line: Id| lines.iter().find(|(one, _)| *one == line).map_or(Pence::ZERO, |(_, pence)| *pence);
    let mut lines: Vec<Id> = split.iter().chain(&award.split).map(|(line, _)| *line).collect();
    lines.sort_unstable();
    lines.dedup();
    for line in lines {
        let more = of(split, line) - of(&award.split, line);
        if more.is_positive() {
            budget_lines::may_offer(tx.conn(), line, more, on)?;
            transfer(tx, from, committed, (line, more), on)?;
            tx.emit(Event::MoneyPromised { budget_line_id: line, on })?;
        } else if !more.is_zero() {
            transfer(tx, committed, period, (line, -more), on)?;
            budget_lines::cover_shortfall(tx, line, on)?;
        }
    }
    Ok(())
}
