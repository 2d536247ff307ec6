//! The opening import: awards as the papers show them, replayed from draft to the state last evidenced.

use chrono::NaiveDate;
use serde_json::json;

use super::draft::{Frame, begin};
use super::life::{AwardClosure, finish, settle};
use super::looked::Looked;
use super::offer::{AwardAcceptance, AwardOffer, AwardReason, commit, give_back, place};
use super::terms::{TermsChange, apply};
use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::monitoring::rules::ToldPlan;
use crate::awards::monitoring::{self, acts::is_ready};
use crate::awards::rules::{self, AwardAct, AwardInput, AwardState, no_plan};
use crate::awards::store::{self, Award, Standing};
use crate::kernel::{Code, Event, FigureNote, Id, Pence, Provenance, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::{Conn, Tx};

/// An award as a paper shows it.
#[derive(Debug, Clone)]
pub struct ImportedAward {
    /// Its reference; without one the next of its series.
    pub reference: Option<String>,
    /// Its row in the printed list.
    pub position: Option<i32>,
    /// How its amount was printed.
    pub figure: FigureNote,
    /// What it commits to. What is named in `provenance.not_evidenced` may be missing.
    pub terms: AwardInput,
    /// The state last evidenced.
    pub state: AwardState,
    /// Of a closed award how much was not spent and went back; all that was committed where it is not told.
    pub unspent: Option<Pence>,
    /// The day of commitment: offer and acceptance take effect on it. The first day of the award where it is left out.
    pub decided_on: Option<NaiveDate>,
    /// The day on which the state was reached, where that is not `decided_on`: the last day of an award that has ended.
    pub state_on: Option<NaiveDate>,
    /// Which returns it owes and how it is evaluated. No frequency: not evidenced, so that no returns appear by themselves.
    pub monitoring: ToldPlan,
    /// Where it comes from and what it leaves out.
    pub provenance: Provenance,
    /// A short remark for people.
    pub note: Option<String>,
}

impl ImportedAward {
    fn decided_on(&self, today: NaiveDate) -> NaiveDate {
        self.decided_on.or(self.terms.starts_on).unwrap_or(today).min(today)
    }

    fn state_on(&self, today: NaiveDate) -> NaiveDate {
        let is_over = matches!(self.state, AwardState::Ended | AwardState::Closed | AwardState::Terminated);
        let over_on = if is_over { self.terms.ends_on } else { None };
        let on = self.state_on.or(over_on).unwrap_or_else(|| self.decided_on(today));
        on.min(today).max(self.decided_on(today))
    }
}

/// Takes in an award. Money moves as far as the amount is known and the award is no part of another one.
///
/// # Errors
/// Every fault of the terms beyond what is not evidenced; a reference that is taken; whatever the ledger refuses.
pub fn import_award(tx: &mut Tx<'_>, row: &ImportedAward) -> Result<Award, Refusal> {
    let decided_on = row.decided_on(tx.today());
    let frame = Frame {
        reference: row.reference.clone(),
        position: row.position,
        figure: row.figure.clone(),
        provenance: row.provenance.clone(),
        note: row.note.clone(),
        effective_on: Some(decided_on),
    };
    let id = begin(tx, &row.terms, frame)?;
    let award = super::get(tx.conn(), Scope::Office, id)?;
    let after = json!({ "reference": award.reference, "terms": super::json(&row.terms)? });
    audit::record(tx, Entry { record_kind: "award", record_id: id, before: serde_json::Value::Null, after, reason: None })?;
    let award = monitoring::acts::import(tx, award, &row.monitoring, decided_on)?;
    told_unspent(tx, &award, row)?;
    lead_to(tx, award, row)
}

/// Takes in a later account of an award: other terms, or a state further on. What it leaves empty of what papers seldom print
/// stays as it is, and so do variations: see [`rules::retold`].
///
/// # Errors
/// As for [`import_award`]; [`crate::kernel::Code::WrongState`] where the state before does not lead to the new one.
pub fn restate(tx: &mut Tx<'_>, id: Id, row: &ImportedAward) -> Result<Award, Refusal> {
    let mut award = super::get(tx.conn(), Scope::Office, id)?;
    let profile = super::profile(tx.conn(), &award)?;
    let kept = AwardInput { profile, split: Vec::new(), ..award.terms.clone() };
    let versions = store::all_terms(tx.conn(), id)?;
    let base = rules::told_so_far(versions.iter().map(|one| (one.variation_id.is_some(), &one.terms)));
    let mut told = rules::retold(&kept, base.as_ref().unwrap_or(&kept), &row.terms);
    let split = std::mem::take(&mut told.split);
    if kept != told || !split.is_empty() {
        // What was varied holds from its own day, and so does what is told of it later.
        let varied_on = versions.iter().filter(|one| one.variation_id.is_some()).map(|one| one.effective_on).max();
        let decided_on = row.decided_on(tx.today());
        let effective_on = varied_on.map_or(decided_on, |varied_on| varied_on.max(decided_on));
        if told.profile != kept.profile
            && told.amount_pence != row.terms.amount_pence
            && let Some(amount) = told.amount_pence
        {
            told.profile = rules::recut_quarters(&told.profile, amount, effective_on, award.period.ends_on);
        }
        let change = TermsChange {
            terms: told,
            gone_out: Vec::new(),
            split,
            free: None,
            from_fund_period: false,
            effective_on,
            variation_id: None,
            living_wage_attested_on: None,
        };
        award.terms.profile.clone_from(&kept.profile);
        apply(tx, &mut Looked::default(), &award, &change)?;
        award = super::get(tx.conn(), Scope::Office, id)?;
        if rules::allowed(AwardAct::Vary, award.state()).is_ok() {
            tx.emit(Event::AwardTermsChanged { award_id: id })?;
        }
    }
    let next = Standing {
        illustrative: row.provenance.illustrative,
        not_evidenced: monitoring::acts::still_lacking(tx.conn(), &award, row)?,
        evidence: row.provenance.evidence.clone(),
        note: row.note.clone(),
        ..super::next(tx, &award, award.standing.effective_on)
    };
    award = super::save(tx, award, next)?;
    let on = award.standing.effective_on;
    let plan_no = award.standing.plan_no;
    award = monitoring::acts::retell(tx, award, &row.monitoring, on)?;
    if award.standing.plan_no != plan_no && rules::allowed(AwardAct::Vary, award.state()).is_ok() {
        tx.emit(Event::AwardTermsChanged { award_id: id })?;
    }
    told_unspent(tx, &award, row)?;
    lead_to(tx, award, row)
}

/// Leads an award that was taken in on to the state in which its account has it, now that its variations are there.
///
/// # Errors
/// As for [`import_award`].
pub fn lead_on(tx: &mut Tx<'_>, id: Id, row: &ImportedAward) -> Result<Award, Refusal> {
    let award = super::get(tx.conn(), Scope::Office, id)?;
    // Its last day is the one that was varied.
    let terms = AwardInput { ends_on: award.terms.ends_on, ..row.terms.clone() };
    lead_to(tx, award, &ImportedAward { terms, ..row.clone() })
}

/// Replays the steps from where the award stands to where it is to stand.
fn lead_to(tx: &mut Tx<'_>, mut award: Award, row: &ImportedAward) -> Result<Award, Refusal> {
    // Each step leads to a state nearer to the last one; the longest way has five.
    while award.state() != row.state {
        award = step(tx, award, row)?;
    }
    Ok(award)
}

/// That more was spent than would stay is wrong with the amount that is told to be unspent, or is not told.
fn of_unspent(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Rule { code: Code::RuleBroken, detail, .. } => Refusal::invalid("/unspent_pence", "does_not_add_up", detail),
        other => other,
    }
}

/// How much was not spent is told of an award that is closed, as it is closed.
fn told_unspent(tx: &mut Tx<'_>, award: &Award, row: &ImportedAward) -> Result<(), Refusal> {
    let Some(unspent) = row.unspent else { return Ok(()) };
    if row.state != AwardState::Closed {
        let message = "Only of an award that is closed it is known how much was not spent. Leave this empty, or tell the award as closed.";
        return Err(Refusal::invalid("/unspent_pence", "not_allowed", message));
    }
    if award.state() == AwardState::Closed && award.terms.amount_pence.unwrap_or_default() - kept(tx.conn(), award.id)? != unspent {
        let message = "This award was closed with another amount, and its money went back. A closed award is not closed again.";
        return Err(Refusal::invalid("/unspent_pence", "fixed", message));
    }
    Ok(())
}

/// What an award has committed, paid included.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn kept(conn: &mut Conn, id: Id) -> Result<Pence, Refusal> {
    let mut sum = Pence::ZERO;
    for kind in [AccountKind::Committed, AccountKind::Paid] {
        sum = sum + ledger::balances(conn, kind, id)?.into_iter().map(|(_, held)| held).sum::<Pence>();
    }
    Ok(sum)
}

fn step(tx: &mut Tx<'_>, award: Award, row: &ImportedAward) -> Result<Award, Refusal> {
    use AwardState::{Closed, Draft, Ended, Lapsed, Live, Offered, Paused, Refused, Terminated, Withdrawn};
    let today = tx.today();
    let (decided_on, on) = (row.decided_on(today), row.state_on(today));
    match (award.state(), row.state) {
        (Draft, _) => {
            let offer = AwardOffer { offered_on: None, decided_on: Some(decided_on), acceptance_due_on: None };
            let profile = super::profile(tx.conn(), &award)?;
            place(tx, award, profile, &offer, decided_on)
        }
        (Offered, Refused | Lapsed | Withdrawn) => {
            give_back(tx, award, row.state, &AwardReason { reason: format!("{} as evidenced", row.state), effective_on: Some(on) })
        }
        (Offered, Live | Paused | Ended | Closed | Terminated) if !is_known_to_be_live(tx.conn(), &award)? => Err(no_plan()),
        (Offered, Live | Paused | Ended | Closed | Terminated) => commit(tx, award, &AwardAcceptance::default(), decided_on, None),
        (Live, Paused) => {
            let next = Standing { state: Paused, paused_on: Some(on), ..super::next(tx, &award, on) };
            super::save(tx, award, next)
        }
        (Paused, Live) => {
            let next = Standing { state: Live, paused_on: None, ..super::next(tx, &award, on) };
            super::save(tx, award, next)
        }
        (Live | Paused, Ended | Closed) => finish(tx, award, Ended, on, None),
        (Live | Paused, Terminated) => finish(tx, award, Terminated, on, None),
        (Ended | Terminated, Closed) => {
            let closure = AwardClosure { unspent_pence: row.unspent, ..AwardClosure::default() };
            settle(tx, award, on, &closure).map_err(of_unspent)
        }
        (from, _) => Err(Refusal::wrong_state("award", from, &format!("taken in as {}", row.state))),
    }
}

/// Whether an award that went live in the past may be taken in so: with a whole plan, or without one where no paper prints it (R67).
fn is_known_to_be_live(conn: &mut Conn, award: &Award) -> Result<bool, Refusal> {
    Ok(award.standing.provenance().lacks("R67") || is_ready(conn, award)?)
}
