//! What is wrong with a variation, judged by what stands beside its award.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Earliest, VariationInput, moved, return_days};
use crate::awards::monitoring::rules::AwardCondition;
use crate::awards::rules::{AwardInput, AwardParticulars, contact_faults, interventions_faults};
use crate::kernel::{Code, Fault, Faults, Id, Pence, Refusal};
use crate::payments::rules::Books;
use crate::payments::schedule::rules::{self as payments, GoneOut};

/// What a variation is judged beside, as far as it touches that.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The award's indicators.
    pub indicators: Vec<Id>,
    /// Its conditions.
    pub conditions: Vec<AwardCondition>,
    /// Returns that are waited for: each period with its day.
    pub awaited: Vec<(String, NaiveDate)>,
    /// What variations that needed no acceptance have moved between uses so far.
    pub moved_freely: Pence,
    /// How much may be moved so, in per cent of the award.
    pub tolerance_percent: i32,
    /// The funding source of each budget line that pays the award.
    pub sources: BTreeMap<Id, Id>,
    /// What is paid or on its way.
    pub gone_out: GoneOut,
    /// What each budget line has committed, and what of that is on its way.
    pub books: Books,
}

/// What is wrong with a variation of an award on these terms.
#[must_use]
pub fn faults(input: &VariationInput, terms: &AwardInput, known: &Known) -> Faults {
    let mut faults = Faults::new();
    let sentence = "Say what changes: value, dates, profile, contract, delivery, targets, use of funds or another kind.";
    faults.require(!input.kinds().is_empty(), "", "nothing_changes", sentence);
    for (pointer, text) in [("/title", &input.title), ("/reason", &input.reason)] {
        faults.require(!text.trim().is_empty(), pointer, "blank", "This cannot be blank.");
    }
    if input.is_unilateral {
        unilateral(&mut faults, input, terms, known);
    }
    check_value(&mut faults, input, terms, known);
    let is_other = input.contract.is_none() || input.contract != terms.contract;
    faults.require(is_other, "/contract", "nothing_changes", "The contract has these clauses already.");
    check_dates(&mut faults, input, terms, known);
    for (at, change) in input.targets.iter().enumerate() {
        let pointer = format!("/targets/{at}/indicator_id");
        faults.require(known.indicators.contains(&change.indicator_id), &pointer, "unknown_record", "This award has no such indicator.");
        let is_repeated = input.targets.iter().take(at).any(|other| other.indicator_id == change.indicator_id);
        faults.require(!is_repeated, &pointer, "repeated", "This indicator stands here twice.");
    }
    check_use_of_funds(&mut faults, input, terms);
    check_schedule(&mut faults, input, terms);
    check_particulars(&mut faults, input, terms);
    check_conditions(&mut faults, input, known);
    check_return_dates(&mut faults, input, known);
    faults
}

fn check_use_of_funds(faults: &mut Faults, input: &VariationInput, terms: &AwardInput) {
    let fits = |pence: Pence| terms.amount_pence.is_none_or(|amount| pence <= amount);
    for (at, change) in input.use_of_funds.iter().enumerate() {
        let moves = change.from_category != change.to_category;
        faults.require(moves, &format!("/use_of_funds/{at}/to_category"), "nothing_changes", "Money moves from one category to another.");
        let amount_at = format!("/use_of_funds/{at}/amount_pence");
        faults.require(change.amount_pence.is_positive(), &amount_at, "too_small", "Say how much money moves.");
        faults.require(fits(change.amount_pence), &amount_at, "too_large", "This is more than the award.");
    }
    // What is moved on from one category to the next is the same money.
    let together: Pence = moved(&input.use_of_funds).into_values().filter(|pence| pence.is_positive()).sum();
    let is_told = !input.use_of_funds.iter().all(|change| fits(change.amount_pence));
    faults.require(is_told || fits(together), "/use_of_funds", "too_large", "Together these move more than the award.");
}

/// Refuses what a provider has to accept where the award has none.
///
/// # Errors
/// A fault at no place of the variation.
pub fn check_answerable(is_unilateral: bool, provider: Option<Id>) -> Result<(), Refusal> {
    if is_unilateral || provider.is_some() {
        return Ok(());
    }
    let sentence = "This award has no provider, so nobody can accept the variation. Say first who the provider is.";
    Err(Refusal::invalid("", "no_provider", sentence))
}

/// What asks more of a provider or gives it less needs its acceptance.
fn unilateral(faults: &mut Faults, input: &VariationInput, terms: &AwardInput, known: &Known) {
    let vat = input.value.as_ref().and_then(|value| value.vat_pence);
    let is_less = input.change_pence() < Pence::ZERO || vat.is_some_and(|vat| terms.vat_pence.is_some_and(|now| vat < now));
    let is_shorter = input.dates.as_ref().is_some_and(|dates| {
        dates.starts_on.is_some() || dates.ends_on.is_some_and(|ends_on| terms.ends_on.is_none_or(|before| ends_on < before))
    });
    let asks = !input.profile.is_empty()
        || !input.targets.is_empty()
        || input.contract.is_some()
        || input.payment_schedule.is_some()
        || input.working_hours.is_some()
        || input.location.is_some()
        || input.interventions.is_some();
    let asks_by_condition = input.conditions.as_ref().is_some_and(|change| !change.only_eases(&known.conditions));
    let then = return_days(&input.return_dates, &known.awaited);
    let is_sooner = known.awaited.iter().any(|(period, due)| then.iter().any(|(other, day)| other == period && day < due));
    let is_moved = !input.use_of_funds.is_empty() && check_tolerance(input, terms.amount_pence, known).is_err();
    let binds = is_less || is_shorter || asks || asks_by_condition || is_sooner;
    let pointer = "/is_unilateral";
    let sentence = "Less money, less time, other payments, targets, clauses, conditions, hours, places or kinds of help need the provider's \
                    acceptance. Leave `is_unilateral` out.";
    faults.require(!binds, pointer, "needs_acceptance", sentence);
    if !binds && is_moved {
        let (percent, all) = (known.tolerance_percent, known.moved_freely + moved_by(input));
        let sentence = format!(
            "Another use of the money needs the provider's acceptance where more than {percent} % of the award is moved; with this it would be \
             {all}. Leave `is_unilateral` out."
        );
        faults.add(pointer, "needs_acceptance", sentence);
    }
}

fn moved_by(input: &VariationInput) -> Pence {
    input.use_of_funds.iter().map(|one| one.amount_pence).sum()
}

/// What variations that needed no acceptance have moved between uses.
#[must_use]
pub fn moved_freely<'a>(applied: impl IntoIterator<Item = &'a VariationInput>) -> Pence {
    applied.into_iter().filter(|one| one.is_unilateral).map(moved_by).sum()
}

/// Whether what a variation moves between uses is so little, with what was moved so before, that it needs no acceptance.
///
/// # Errors
/// [`Code::RuleBroken`] with the figures.
pub fn check_tolerance(input: &VariationInput, amount: Option<Pence>, known: &Known) -> Result<(), Refusal> {
    let (percent, all) = (i64::from(known.tolerance_percent), known.moved_freely + moved_by(input));
    let tolerance = Pence(amount.unwrap_or_default().0.saturating_mul(percent) / 100);
    if input.use_of_funds.is_empty() || !input.is_unilateral || all <= tolerance {
        return Ok(());
    }
    let detail = format!(
        "With this, {all} of the award would be used for something else without the provider's acceptance; up to {tolerance} ({percent} %) may \
         be. Take it back, and issue it for acceptance."
    );
    let facts = serde_json::json!({ "moved_pence": all, "tolerance_pence": tolerance });
    Err(Refusal::rule_with(Code::RuleBroken, detail, facts))
}

fn check_value(faults: &mut Faults, input: &VariationInput, terms: &AwardInput, known: &Known) {
    let pointer = if input.budget_cut.is_some() { "/budget_cut/cut_pence" } else { "/value/change_pence" };
    let both = input.value.is_some() && input.budget_cut.is_some();
    faults.require(!both, "/budget_cut", "not_allowed", "Give `value` or `budget_cut`, not both.");
    if let Some(cut) = &input.budget_cut {
        let names_one = cut.budget_line_id.is_some() != cut.funding_source_id.is_some();
        faults.require(names_one, "/budget_cut", "either_or", "Name the budget line or the funding source that was cut.");
        let is_line = cut.budget_line_id.is_none_or(|line| known.sources.contains_key(&line));
        faults.require(is_line, "/budget_cut/budget_line_id", "unknown_record", "This budget line pays nothing of the award.");
        let is_source = cut.funding_source_id.is_none_or(|source| known.sources.values().any(|one| *one == source));
        faults.require(is_source, "/budget_cut/funding_source_id", "unknown_record", "This source pays nothing of the award.");
        let spread: Pence = cut.lines.iter().filter_map(|line| line.amount_pence).sum();
        let pays = spread == cut.cut_pence || !names_one || !is_line || !is_source;
        let sentence = "What was cut pays less of the award than this. Cut no more than its lines pay.";
        faults.require(pays, pointer, "too_large", sentence);
    }
    // Of two changes of the value at once nothing more is said.
    if both || !input.changes_value() {
        return;
    }
    let change = input.change_pence();
    let says_more = input.value.as_ref().is_some_and(|value| !value.split.is_empty() || value.vat_pence.is_some());
    let sentence = "Say by how much the value changes, which VAT is on it, or what each budget line pays from then on.";
    faults.require(!change.is_zero() || says_more, pointer, "nothing_changes", sentence);
    let Some(amount) = terms.amount_pence else {
        faults.add(pointer, "not_evidenced", "The amount of this award is not known, so it cannot be changed by an amount.");
        return;
    };
    let after = amount.checked_add(change);
    let fits = after.is_some_and(|after| after.is_positive() && after <= Pence::MAX);
    faults.require(fits, pointer, "out_of_range", "The award would be nothing or beyond what an award can be.");
}

fn check_dates(faults: &mut Faults, input: &VariationInput, terms: &AwardInput, known: &Known) {
    let Some(dates) = &input.dates else { return };
    let after = input.applied_to(terms);
    let changes = dates.starts_on.is_some() || dates.ends_on.is_some();
    faults.require(changes, "/dates", "nothing_changes", "Give a new first or last day.");
    let in_order = after.starts_on.zip(after.ends_on).is_none_or(|(starts_on, ends_on)| starts_on <= ends_on);
    faults.require(in_order, "/dates/ends_on", "reversed_dates", "The award would end before it begins.");
    for (pointer, sentence) in too_far(input, &known.gone_out) {
        faults.add(pointer, "paid_beyond", sentence);
    }
}

/// Where the award would begin after days, or end before days, for which instalments are paid or on their way.
#[must_use]
pub fn too_far(input: &VariationInput, gone_out: &GoneOut) -> Vec<(&'static str, String)> {
    let (Some(dates), Some((first, last))) = (&input.dates, gone_out.days) else { return Vec::new() };
    let (paid, reserved) = (gone_out.paid, gone_out.reserved);
    let sums = format!("{paid} is paid and {reserved} on its way");
    let mut found = Vec::new();
    if let Some(starts_on) = dates.starts_on.filter(|day| *day > first) {
        let sentence =
            format!("Instalments for days from {first} on are paid or on their way ({sums}), so the award cannot begin on {starts_on}.");
        found.push(("/dates/starts_on", sentence));
    }
    if let Some(ends_on) = dates.ends_on.filter(|day| *day < last) {
        let sentence =
            format!("Instalments for days up to {last} are paid or on their way ({sums}), so the award cannot end on {ends_on}.");
        found.push(("/dates/ends_on", sentence));
    }
    found
}

fn check_schedule(faults: &mut Faults, input: &VariationInput, terms: &AwardInput) {
    let Some(change) = &input.payment_schedule else { return };
    let found = payments::faults(&change.plan(), terms.kind).0.into_iter();
    faults.0.extend(found.map(|fault| Fault { pointer: format!("/payment_schedule{}", fault.pointer), ..fault }));
    let is_paid = terms.component_of.is_none();
    faults.require(is_paid, "/payment_schedule", "not_allowed", "A part of another award moves no money, so nothing is paid on it.");
}

fn check_particulars(faults: &mut Faults, input: &VariationInput, terms: &AwardInput) {
    let none = AwardParticulars::default();
    let now = terms.particulars.as_ref().unwrap_or(&none);
    let says_same = "The agreement says this already.";
    if let Some(hours) = &input.working_hours {
        faults.require(!hours.trim().is_empty(), "/working_hours", "blank", "Say when the service works.");
        faults.require(now.working_hours.as_ref() != Some(hours), "/working_hours", "nothing_changes", says_same);
    }
    if let Some(location) = &input.location {
        let is_blank = location.address.as_ref().is_some_and(|address| address.trim().is_empty());
        faults.require(!is_blank, "/location/address", "blank", "A text is left out rather than blank.");
        let is_other_address = location.address.is_some() && location.address != now.address;
        let is_other_area = location.area_ids.as_ref().is_some_and(|areas| *areas != terms.area_ids);
        faults.require(is_other_address || is_other_area, "/location", "nothing_changes", "Give other areas or another address.");
        let is_none = location.area_ids.as_ref().is_some_and(Vec::is_empty);
        faults.require(!is_none, "/location/area_ids", "required", "An award says which areas benefit.");
    }
    if let Some(all) = &input.interventions {
        interventions_faults("/interventions", all, faults);
        faults.require(now.interventions != *all, "/interventions", "nothing_changes", says_same);
    }
    if let Some(contact) = &input.provider_details {
        contact_faults("/provider_details", contact, faults);
        faults.require(now.contact.as_ref() != Some(contact), "/provider_details", "nothing_changes", says_same);
    }
}

fn check_conditions(faults: &mut Faults, input: &VariationInput, known: &Known) {
    let Some(change) = &input.conditions else { return };
    let is_some = !(change.add.is_empty() && change.replace.is_empty() && change.remove.is_empty());
    faults.require(is_some, "/conditions", "nothing_changes", "Add, replace or remove a condition.");
    let is_there = |text: &String| known.conditions.iter().any(|one| one.text == *text);
    let sentence = "This award has no condition with this text.";
    for (at, one) in change.replace.iter().enumerate() {
        faults.require(is_there(&one.text), &format!("/conditions/replace/{at}/text"), "unknown_record", sentence);
        let is_named_twice = change.remove.contains(&one.text) || change.replace.iter().take(at).any(|other| other.text == one.text);
        faults.require(!is_named_twice, &format!("/conditions/replace/{at}/text"), "repeated", "This condition is named twice.");
        let is_blank = one.with.text.trim().is_empty();
        faults.require(!is_blank, &format!("/conditions/replace/{at}/with/text"), "blank", "Say what is asked for.");
        let is_same = known.conditions.iter().any(|other| other.text == one.text && other.agreed() == one.with);
        faults.require(!is_same, &format!("/conditions/replace/{at}/with"), "nothing_changes", "The condition says this already.");
    }
    for (at, text) in change.remove.iter().enumerate() {
        faults.require(is_there(text), &format!("/conditions/remove/{at}"), "unknown_record", sentence);
    }
    for (at, one) in change.add.iter().enumerate() {
        let pointer = format!("/conditions/add/{at}/text");
        faults.require(!one.text.trim().is_empty(), &pointer, "blank", "Say what is asked for.");
        let stands = change.applied_to(&known.conditions).iter().filter(|other| other.text == one.text).count();
        faults.require(stands <= 1, &pointer, "repeated", "The award has this condition already.");
    }
}

fn check_return_dates(faults: &mut Faults, input: &VariationInput, known: &Known) {
    for (at, change) in input.return_dates.iter().enumerate() {
        let pointer = format!("/return_dates/{at}");
        let says_one = change.due_on.is_some() != change.later_by_days.is_some();
        faults.require(says_one, &pointer, "either_or", "Give the new day, or by how many days it is later.");
        let moves = change.later_by_days != Some(0);
        faults.require(moves, &format!("{pointer}/later_by_days"), "nothing_changes", "Say by how many days.");
        let is_repeated = input.return_dates.iter().take(at).any(|other| other.period == change.period);
        faults.require(!is_repeated, &format!("{pointer}/period"), "repeated", "This period stands here twice.");
        let is_awaited = change.period.as_ref().is_none_or(|period| known.awaited.iter().any(|(other, _)| other == period));
        // A return that appears with new dates is not waited for yet.
        let may_appear = input.dates.is_some();
        let sentence = "No return for this period is waited for. Name one that is, or leave the period out for all of them.";
        faults.require(is_awaited || may_appear, &format!("{pointer}/period"), "unknown_record", sentence);
    }
    let is_idle = !input.return_dates.is_empty() && known.awaited.is_empty() && input.dates.is_none();
    faults.require(!is_idle, "/return_dates", "nothing_changes", "No return of this award is waited for.");
}

/// Why an award does not change the targets of an indicator alone: those awards, which are not over, have it too. Targets are the
/// indicator's, so its list would be theirs as well.
#[must_use]
pub fn shared(awards: &[String]) -> Option<String> {
    const NAMED_MAX: usize = 5;
    let more = awards.len().saturating_sub(NAMED_MAX);
    let mut names = awards.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 {
        names = format!("{names} and {more} more");
    }
    let has = if awards.len() == 1 { "has" } else { "have" };
    let sentence = format!(
        "{names} {has} this indicator too, so its targets are not this award's alone to change. Give this award an indicator of its own."
    );
    (!awards.is_empty()).then_some(sentence)
}

/// A variation holds from the day from which the agreement holds as it is, or from a later one: agreements follow in time, so that each
/// day has one answer. Nothing that is agreed changes within a closed year.
pub fn check_start(faults: &mut Faults, effective_on: NaiveDate, earliest: Option<Earliest>) {
    if let Some(earliest) = Earliest::missed(earliest, effective_on) {
        faults.add("/effective_on", "too_early", earliest.sentence());
    }
}

/// A fault of the terms that a variation would make, at the place in the variation that makes it, or that mends it.
#[must_use]
pub fn as_asked(fault: Fault) -> Fault {
    let pointer = match fault.pointer.as_str() {
        "/amount_pence" => "/value/change_pence".to_owned(),
        "/vat_pence" => "/value/vat_pence".to_owned(),
        "/starts_on" | "/ends_on" => format!("/dates{}", fault.pointer),
        // They are what the quarters of each year come to.
        years if years.starts_with("/annual_amounts") => "/profile".to_owned(),
        areas if areas.starts_with("/area_ids") => format!("/location{areas}"),
        told if told.starts_with("/particulars/") => return Fault { pointer: as_particular(told), ..fault },
        split if split == "/split" || split.starts_with("/split/") => format!("/value{split}"),
        clause if clause.starts_with("/contract/") => {
            let message = format!("{} Let this variation bring it: give all clauses of the contract in `contract`.", fault.message);
            return Fault { message, ..fault };
        }
        other => other.to_owned(),
    };
    Fault { pointer, ..fault }
}

/// Where a variation says what stands at this place of an award.
fn as_particular(pointer: &str) -> String {
    let rest = pointer.trim_start_matches("/particulars");
    match rest.strip_prefix("/contact") {
        Some(contact) => format!("/provider_details{contact}"),
        None if rest.starts_with("/address") => format!("/location{rest}"),
        None => rest.to_owned(),
    }
}
