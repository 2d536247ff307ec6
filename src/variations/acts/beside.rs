//! What a variation is judged, shown and applied beside: its award, and of what surrounds that as much as it touches.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::awards::Award;
use crate::awards::acts::{self as awards, TermsChange};
use crate::awards::indicators::acts as indicators;
use crate::awards::indicators::rules::Indicator;
use crate::awards::monitoring::acts as monitoring;
use crate::awards::monitoring::rules::AwardCondition;
use crate::awards::rules::{SplitLine, years_of};
use crate::funds::budget_lines;
use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::locks;
use crate::payments::rules::Books;
use crate::payments::schedule::foreseen as payments;
use crate::payments::schedule::gone_out::all_by_quarter;
use crate::payments::schedule::rules::{GoneOut, PaymentScheduleInput};
use crate::returns::foreseen::{self as returns, Owing};
use crate::store::Conn;
use crate::variations::policy::acts as policy;
use crate::variations::rules::{self, Earliest, Known, ScheduleChange, Stands, VariationInput};
use crate::variations::store;

/// An award with all that its variations are judged beside.
pub(in crate::variations) struct Beside {
    /// The award with its profile.
    pub award: Award,
    /// Its indicators.
    pub indicators: Vec<Indicator>,
    /// Variations that moved money between its uses.
    pub moved: Vec<VariationInput>,
    /// The day from which its agreement holds as it is.
    agreed_from: Option<NaiveDate>,
    /// The last day of the year of its money, where that is closed.
    locked_to: Option<NaiveDate>,
    /// How it is to be paid.
    pub schedule: Option<ScheduleChange>,
    /// Its returns, where a variation names some of their days.
    pub owing: Option<Owing>,
    /// What the rules ask for.
    pub known: Known,
}

/// Awards with their profiles, in this order, for what is decided on all of them together.
///
/// # Errors
/// [`Refusal::NotFound`] where one of them is not there.
pub(in crate::variations) fn awards_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Award>, Refusal> {
    let mut found = awards::all_of(conn, ids)?;
    let mut all = ids.iter().map(|id| found.remove(id).ok_or(Refusal::NotFound("award"))).collect::<Result<Vec<Award>, Refusal>>()?;
    tell_gone_out(conn, &mut all)?;
    Ok(all)
}

/// The award with its profile.
pub(in crate::variations) fn award_of(conn: &mut Conn, award_id: Id) -> Result<Award, Refusal> {
    let mut award = awards::get(conn, Scope::Office, award_id)?;
    award.terms.profile = awards::profile(conn, &award)?;
    tell_gone_out(conn, std::slice::from_mut(&mut award))?;
    Ok(award)
}

/// What has gone out of awards stays when their profiles or annual amounts are cut again, so those that have some are told it.
fn tell_gone_out(conn: &mut Conn, all: &mut [Award]) -> Result<(), Refusal> {
    let is_cut = |award: &&Award| !award.terms.profile.is_empty() || !award.terms.annual_amounts.is_empty();
    let awards: Vec<&Award> = all.iter().filter(is_cut).collect();
    let mut gone_out = all_by_quarter(conn, &awards)?;
    for award in all {
        award.gone_out = gone_out.remove(&award.id).unwrap_or_default();
    }
    Ok(())
}

/// What these variations of an award are judged beside: as much is looked up for many as for one.
pub(in crate::variations) fn beside(conn: &mut Conn, award: Award, inputs: &[&VariationInput]) -> Result<Beside, Refusal> {
    let mut all = besides(conn, vec![(award, inputs.to_vec())])?;
    all.pop().ok_or(Refusal::NotFound("award"))
}

/// The same of many awards, each with its own variations, in their order. All of it is asked for once for all of them but indicators, which those of a
/// campaign do not touch.
pub(in crate::variations) fn besides(conn: &mut Conn, all: Vec<(Award, Vec<&VariationInput>)>) -> Result<Vec<Beside>, Refusal> {
    let mut ahead = Ahead::of(conn, &all)?;
    all.into_iter().map(|(award, inputs)| ahead.beside(conn, award, &inputs)).collect()
}

/// Whether any of these variations asks for something.
fn any(inputs: &[&VariationInput], asks: fn(&VariationInput) -> bool) -> bool {
    inputs.iter().any(|one| asks(one))
}

/// What is looked up for all awards together.
struct Ahead {
    agreed_from: HashMap<Id, NaiveDate>,
    /// The last locked day of each fund period that has one.
    locked_to: HashMap<Id, NaiveDate>,
    moved: HashMap<Id, Vec<VariationInput>>,
    tolerance_percent: i32,
    /// The funding source of each budget line.
    sources: HashMap<Id, Id>,
    gone_out: HashMap<Id, GoneOut>,
    books: HashMap<Id, Books>,
    conditions: HashMap<Id, Vec<AwardCondition>>,
    owing: HashMap<Id, Owing>,
    plans: HashMap<Id, PaymentScheduleInput>,
}

impl Ahead {
    fn of(conn: &mut Conn, all: &[(Award, Vec<&VariationInput>)]) -> Result<Self, Refusal> {
        let awards: Vec<&Award> = all.iter().map(|(award, _)| award).collect();
        let those = |asks: fn(&VariationInput) -> bool| -> Vec<&Award> {
            all.iter().filter(|(_, inputs)| any(inputs, asks)).map(|(award, _)| award).collect()
        };
        let virement: Vec<Id> = those(|one| !one.use_of_funds.is_empty()).into_iter().map(|award| award.id).collect();
        let (mut moved, mut tolerance_percent) = (HashMap::new(), 0);
        if !virement.is_empty() {
            moved = store::applied_uses(conn, &virement)?;
            tolerance_percent = policy::get(conn)?.policy.virement_tolerance_percent;
        }
        let cut = those(|one| one.budget_cut.is_some());
        let mut lines: Vec<Id> = cut.into_iter().flat_map(|award| award.split.iter().map(|(line, _)| *line)).collect();
        lines.sort_unstable();
        lines.dedup();
        let parents = if lines.is_empty() { Vec::new() } else { budget_lines::parents(conn, &lines)? };
        let dated = those(|one| one.dates.is_some() || one.takes_money());
        let taking: Vec<Id> = those(VariationInput::takes_money).into_iter().map(|award| award.id).collect();
        let scheduled: Vec<Id> = those(|one| one.payment_schedule.is_some()).into_iter().map(|award| award.id).collect();
        Ok(Self {
            agreed_from: awards::all_agreed_from(conn, &awards)?,
            locked_to: locks::locked_to(conn, &awards.iter().map(|award| award.terms.fund_period_id).collect::<BTreeSet<_>>())?,
            moved,
            tolerance_percent,
            sources: parents.into_iter().map(|(line, _, source)| (line, source)).collect(),
            gone_out: if dated.is_empty() { HashMap::new() } else { payments::all_gone_out(conn, &dated)? },
            books: payments::all_books(conn, &taking)?,
            conditions: monitoring::all_conditions(conn, &those(|one| one.conditions.is_some()))?,
            owing: returns::owing(conn, &those(|one| !one.return_dates.is_empty()))?,
            plans: payments::plans(conn, &scheduled)?,
        })
    }

    fn beside(&mut self, conn: &mut Conn, award: Award, inputs: &[&VariationInput]) -> Result<Beside, Refusal> {
        let id = award.id;
        let mut known = Known::default();
        let has_targets = any(inputs, |one| !one.targets.is_empty());
        let indicators = if has_targets { indicators::of_award(conn, id)? } else { Vec::new() };
        known.indicators = indicators.iter().map(|one| one.id).collect();
        let mut moved = Vec::new();
        if any(inputs, |one| !one.use_of_funds.is_empty()) {
            moved = self.moved.remove(&id).unwrap_or_default();
            known.moved_freely = rules::moved_freely(&moved);
            known.tolerance_percent = self.tolerance_percent;
        }
        known.conditions = self.conditions.remove(&id).unwrap_or_default();
        let owing = self.owing.remove(&id);
        let owed = owing.as_ref().map(Owing::now).unwrap_or_default();
        known.awaited = owed.into_iter().filter(|one| one.is_awaited).map(|one| (one.period, one.due_on)).collect();
        if any(inputs, |one| one.budget_cut.is_some()) {
            let own = award.split.iter().filter_map(|(line, _)| Some((*line, *self.sources.get(line)?)));
            known.sources = own.collect();
        }
        known.gone_out = self.gone_out.get(&id).copied().unwrap_or_default();
        known.books = self.books.get(&id).cloned().unwrap_or_default();
        let schedule = self.plans.get(&id).map(ScheduleChange::of);
        let agreed_from = self.agreed_from.get(&id).copied();
        let locked_to = self.locked_to.get(&award.terms.fund_period_id).copied();
        Ok(Beside { award, indicators, moved, agreed_from, locked_to, schedule, owing, known })
    }
}

impl Beside {
    /// The first day from which this variation may hold, where there is one: what changes the terms or the uses of the money is kept out
    /// of a closed year.
    pub fn earliest(&self, input: &VariationInput) -> Option<Earliest> {
        Earliest::of(self.agreed_from, self.locked_to.filter(|_| input.changes_terms() || !input.use_of_funds.is_empty()))
    }

    /// What is wrong with a variation, and with the day from which it holds.
    pub fn faults(&self, input: &VariationInput) -> crate::kernel::Faults {
        rules::faults(input, &self.award.terms, &self.known)
    }

    /// What is wrong with a variation that would change nothing.
    pub fn idle(&self, input: &VariationInput) -> crate::kernel::Faults {
        rules::idle_faults(input, &self.stands(input), &self.known)
    }

    /// The variation with what is worked out of it: which lines bear a cut.
    pub fn worked_out(&self, input: &VariationInput) -> VariationInput {
        let mut whole = input.clone();
        let lines = rules::spread_cut(input, &self.award.split, &self.known);
        if let Some(cut) = &mut whole.budget_cut {
            cut.lines = lines;
        }
        whole
    }

    /// The variation as it is applied: where a line has less left by now than it was to bear of a cut, those that were cut with it bear that.
    pub fn borne(&self, input: &VariationInput) -> VariationInput {
        let free = self.free();
        let bears = |one: &SplitLine| one.amount_pence <= free.get(&one.budget_line_id).copied().or(Some(Pence::ZERO));
        let is_borne = input.budget_cut.as_ref().is_none_or(|cut| cut.lines.iter().all(bears));
        if is_borne { input.clone() } else { self.worked_out(input) }
    }

    /// What the variation does to the terms, with what each budget line has left to give. The caller says which variation it is.
    pub fn terms_change(&self, input: &VariationInput, award: &Award) -> TermsChange {
        let change = terms_change(&self.borne(input), award);
        TermsChange { free: (input.change_pence() < Pence::ZERO).then(|| self.free()), ..change }
    }

    /// What each budget line has left.
    fn free(&self) -> BTreeMap<Id, Pence> {
        self.known.books.free().into_iter().collect()
    }

    /// What of the award the variation touches, as it stands.
    pub fn now(&self, input: &VariationInput) -> Value {
        rules::touched(input, &self.stands(input))
    }

    /// How the award stands, of what a variation can touch.
    pub fn stands(&self, input: &VariationInput) -> Stands<'_> {
        let award = &self.award;
        let moves = rules::return_days(&input.return_dates, &self.known.awaited);
        let days = self.known.awaited.iter().filter(|(period, _)| moves.iter().any(|(other, _)| other == period)).cloned();
        Stands {
            terms: &award.terms,
            split: &award.split,
            delivery: json!({ "status": award.standing.delivery_status, "mode": award.standing.delivery_mode }),
            targets: if input.targets.is_empty() { Value::Null } else { agreed_targets(input, &self.indicators) },
            moved: rules::moved(self.moved.iter().flat_map(|one| &one.use_of_funds)),
            schedule: self.schedule.clone(),
            conditions: self.known.conditions.iter().map(AwardCondition::agreed).collect(),
            return_days: days.collect::<BTreeMap<_, _>>(),
        }
    }
}

/// The targets of those indicators of an award that a variation names, by indicator.
fn agreed_targets(input: &VariationInput, own: &[Indicator]) -> Value {
    let named = own.iter().filter(|one| input.targets.iter().any(|change| change.indicator_id == one.id));
    let agreed = |one: &Indicator| json!(one.targets.iter().map(|facts| &facts.target).collect::<Vec<_>>());
    Value::Object(named.map(|one| (one.id.to_string(), agreed(one))).collect())
}

/// What the variation does to the terms. The caller says which variation it is. Annual amounts follow a profile that it gives.
pub(in crate::variations) fn terms_change(input: &VariationInput, award: &Award) -> TermsChange {
    let mut terms = input.applied_to(&award.terms);
    if !input.profile.is_empty() && !terms.annual_amounts.is_empty() {
        terms.annual_amounts.retain(|one| terms.ends_on.is_none_or(|last| !one.is_after(last)));
        terms.annual_amounts = years_of(&terms.profile, &terms.annual_amounts, award.period.ends_on);
    }
    TermsChange {
        terms,
        gone_out: award.gone_out.clone(),
        split: input.split(&award.split),
        free: None,
        from_fund_period: input.value.as_ref().is_some_and(|value| value.from_fund_period),
        effective_on: input.effective_on,
        variation_id: None,
        living_wage_attested_on: None,
    }
}
