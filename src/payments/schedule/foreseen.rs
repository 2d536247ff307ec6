//! How an award is paid as agreed with its provider: what a variation would make of the instalments that are still open, and what it cannot go behind.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::awards::Award;
use crate::awards::rules::{AwardState, QuarterAmount};
use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::payments::recoveries::store as recoveries;
use crate::payments::rules::{Books, PaymentState};
use crate::payments::schedule::acts::{self, is_gone, kept_of, owed_before, stays};
use crate::payments::schedule::rules::{self, GoneOut, PaymentBasis, PaymentScheduleInput};
use crate::payments::schedule::store::{self, Schedule};
use crate::payments::store as records;
use crate::payments::{Payment, PaymentFacts};
use crate::store::{Conn, Tx};

/// An instalment that is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInstalment {
    /// Which one: `2020-21-Q3`, `2020-10`, `1`.
    pub instalment: String,
    /// What it waits for.
    pub waits_for: Option<String>,
    /// When it is due.
    pub due_on: NaiveDate,
    /// How much it is, in pence.
    pub amount: Pence,
    /// Whether the amount is only expected.
    pub is_estimate: bool,
}

/// How these awards are to be paid, of those that have a schedule.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn plans(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, PaymentScheduleInput>, Refusal> {
    Ok(schedules(conn, awards)?.into_iter().map(|(award, one)| (award, one.plan)).collect())
}

/// The schedules of these awards as they stand now.
fn schedules(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, Schedule>, Refusal> {
    let all = if awards.is_empty() { Vec::new() } else { store::of_awards(conn, awards)? };
    // The last version of each comes last.
    Ok(all.into_iter().map(|one| (one.award_id, one)).collect())
}

/// Gives an award the schedule that was agreed with its provider; what is unpaid is cut again, to the penny.
///
/// # Errors
/// As for [`acts::set`].
pub fn agree(tx: &mut Tx<'_>, award_id: Id, plan: &PaymentScheduleInput) -> Result<(), Refusal> {
    let version = store::latest(tx.conn(), award_id)?.map_or(0, |one| one.version);
    acts::set(tx, award_id, version, plan).map(|_| ())
}

/// What of these awards is paid or on its way to be, or owed to a provider that was party to them before, by award: as many questions are asked for many as
/// for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn all_gone_out(conn: &mut Conn, awards: &[&Award]) -> Result<HashMap<Id, GoneOut>, Refusal> {
    let ids: Vec<Id> = awards.iter().map(|award| award.id).collect();
    let mut paid: HashMap<Id, Pence> = HashMap::new();
    for ((award, _), held) in ledger::holdings(conn, AccountKind::Paid, &ids)? {
        let sum = paid.entry(award).or_default();
        *sum = *sum + held;
    }
    let reserved = records::taken_by(conn, &ids, &PaymentState::RESERVED)?;
    let payments = by_award(records::of_awards(conn, &ids)?);
    let of = |award: &&Award| {
        let own = payments.get(&award.id).map_or(&[][..], Vec::as_slice);
        let reserved = reserved.get(&award.id).copied().unwrap_or_default() + owed_before(award, own);
        (award.id, GoneOut { paid: paid.get(&award.id).copied().unwrap_or_default(), reserved, days: days_out(own) })
    };
    Ok(awards.iter().map(of).collect())
}

fn by_award(all: Vec<Payment>) -> HashMap<Id, Vec<Payment>> {
    let mut payments: HashMap<Id, Vec<Payment>> = HashMap::new();
    for one in all {
        payments.entry(one.award_id).or_default().push(one);
    }
    payments
}

/// What each budget line of these awards has committed, and what of that is on its way, by award: as many questions are asked for many as for one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn all_books(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, Books>, Refusal> {
    let mut all: HashMap<Id, Books> = HashMap::new();
    for ((award, line), held) in ledger::holdings(conn, AccountKind::Committed, awards)? {
        all.entry(award).or_default().committed.insert(line, held);
    }
    for (award, reserved) in records::parts_of(conn, awards, &PaymentState::RESERVED)? {
        all.entry(award).or_default().reserved = reserved;
    }
    Ok(all)
}

/// The first and the last day for which instalments are paid or on their way, where they have days.
fn days_out(all: &[Payment]) -> Option<(NaiveDate, NaiveDate)> {
    let is_out = |one: &&Payment| one.facts.state == PaymentState::Paid || PaymentState::RESERVED.contains(&one.facts.state);
    let days = |facts: &PaymentFacts| facts.starts_on.zip(facts.ends_on);
    let spans: Vec<(NaiveDate, NaiveDate)> = all.iter().filter(is_out).filter_map(|one| days(&one.facts)).collect();
    let first = spans.iter().map(|(first, _)| *first).min();
    let last = spans.iter().map(|(_, last)| *last).max();
    first.zip(last)
}

fn shown(one: &Payment) -> OpenInstalment {
    let facts = &one.facts;
    OpenInstalment {
        instalment: facts.instalment.clone(),
        waits_for: facts.waits_for.clone(),
        due_on: facts.due_on,
        amount: facts.amount_pence,
        is_estimate: facts.is_estimate,
    }
}

/// What an award would be with a variation, as far as its payments go by it.
pub struct Agreed<'a> {
    /// The award with the terms it would have.
    pub award: &'a Award,
    /// Its profile then.
    pub profile: &'a [QuarterAmount],
    /// By how much what is committed changes.
    pub change: Pence,
    /// The schedule that is agreed; as it is where there is none.
    pub plan: Option<&'a PaymentScheduleInput>,
}

/// How awards are paid, as that stands now.
#[derive(Debug, Default)]
pub struct Paying {
    schedules: HashMap<Id, Schedule>,
    payments: HashMap<Id, Vec<Payment>>,
    /// What each has committed, and what was paid of it: also what came back by a recovery since, which is not to be paid again.
    given_out: HashMap<Id, Pence>,
}

impl Paying {
    /// That of these awards: as many questions are asked for many as for one.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn of(conn: &mut Conn, awards: &[Id]) -> Result<Self, Refusal> {
        if awards.is_empty() {
            return Ok(Self::default());
        }
        let mut given_out = recoveries::received_of(conn, awards)?;
        for kind in [AccountKind::Committed, AccountKind::Paid] {
            for ((award, _), held) in ledger::holdings(conn, kind, awards)? {
                let sum = given_out.entry(award).or_default();
                *sum = *sum + held;
            }
        }
        Ok(Self { schedules: schedules(conn, awards)?, payments: by_award(records::of_awards(conn, awards)?), given_out })
    }

    fn payments(&self, award_id: Id) -> &[Payment] {
        self.payments.get(&award_id).map_or(&[][..], Vec::as_slice)
    }

    /// What of an award is authorised or exported for the provider that is party to it, and not paid.
    #[must_use]
    pub fn on_its_way(&self, award: &Award) -> Pence {
        let is_own = |one: &&Payment| award.terms.provider_id.is_none_or(|own| own == one.provider_id);
        let is_reserved = |one: &&Payment| PaymentState::RESERVED.contains(&one.facts.state);
        self.payments(award.id).iter().filter(is_own).filter(is_reserved).map(|one| one.facts.amount_pence).sum::<Pence>()
    }

    /// The instalments of an award that are still open, in the order of their days; without those that are owed to a provider that was party before.
    #[must_use]
    pub fn open_now(&self, award: &Award) -> Vec<OpenInstalment> {
        let basis = self.schedules.get(&award.id).map_or(PaymentBasis::Quarterly, |one| one.plan.basis);
        let mut open: Vec<OpenInstalment> = self.payments(award.id).iter().filter(|one| !stays(award, one, basis)).map(shown).collect();
        open.sort_by_key(|one| (one.due_on, one.instalment.clone()));
        open
    }

    /// The instalments that would be open then. What nobody has a schedule for stays without one.
    #[must_use]
    pub fn open_then(&self, agreed: &Agreed<'_>, today: NaiveDate) -> Vec<OpenInstalment> {
        let award_id = agreed.award.id;
        let (schedule, all) = (self.schedules.get(&award_id), self.payments(award_id));
        let Some(plan) = agreed.plan.or_else(|| schedule.map(|one| &one.plan)) else { return Vec::new() };
        let whole = self.given_out.get(&award_id).copied().unwrap_or_default() + agreed.change;
        let sum = |counts: &dyn Fn(&&Payment) -> bool| all.iter().filter(counts).map(|one| one.facts.amount_pence).sum::<Pence>();
        let is_fixed = |one: &Payment| stays(agreed.award, one, plan.basis);
        let fixed = sum(&|one| is_fixed(one) && one.facts.state != PaymentState::Cancelled);
        // A schedule that is agreed plans all that is left; any other is cut as far as the whole changes.
        let is_anew = agreed.plan.is_some();
        let is_lenient = plan.basis == PaymentBasis::Arrears || agreed.award.standing.state == AwardState::Closed;
        let before = schedule.map_or(whole, |one| one.amount);
        let open = sum(&|one| !is_fixed(one));
        let left = if is_anew { whole - fixed } else { rules::left_to_pay(open, (before, whole), whole - fixed, is_lenient) };
        let is_kept = |one: &&Payment| is_fixed(one) && !is_gone(one) && (!is_anew || one.facts.state != PaymentState::Cancelled);
        let kept = kept_of(all.iter().filter(is_kept));
        let mut wanted: Vec<OpenInstalment> =
            rules::wanted(&acts::terms_of(agreed.award, whole, agreed.profile.to_vec()), plan, &kept, left, today)
                .into_iter()
                .map(|one| OpenInstalment {
                    instalment: one.key,
                    waits_for: one.waits_for,
                    due_on: one.due_on,
                    amount: one.amount,
                    is_estimate: one.is_estimate,
                })
                .collect();
        // One that was brought forward stays so, unless its own day moves.
        for one in &mut wanted {
            let stays = all.iter().find(|other| !is_fixed(other) && other.facts.instalment == one.instalment);
            if let Some(own) = stays.filter(|own| own.facts.planned_due_on == one.due_on) {
                one.due_on = own.facts.due_on;
            }
        }
        wanted.sort_by_key(|one| (one.due_on, one.instalment.clone()));
        wanted
    }
}
