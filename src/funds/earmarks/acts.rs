//! What is done to earmarks.

use std::cmp::Ordering;

use serde_json::json;

use crate::audit::{self, Entry};
use crate::funds::budget_lines::BudgetLinePart;
use crate::funds::budget_lines::acts::{Aside, bring_back, set_aside};
use crate::funds::earmarks::rules::{self, EarmarkFacts, EarmarkInput, EarmarkRelease, EarmarkState, EarmarkTerms};
use crate::funds::earmarks::{Earmark, find, store};
use crate::funds::periods;
use crate::funds::record::{self, Facts, Record};
use crate::kernel::{Faults, FigureNote, Id, Pence, Provenance, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::{Conn, Tx};

impl Facts for EarmarkFacts {
    const KIND: &'static str = "earmark";

    fn identity(&self) -> String {
        format!("The reference {}", self.reference)
    }

    fn reason(&self) -> Option<&str> {
        self.terms.reason.as_deref()
    }

    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, _: &Provenance) -> Result<Faults, Refusal> {
        let mut faults = rules::faults(&self.terms, before.map(|before| &before.facts.terms));
        if let Some(programme) = self.terms.programme_id {
            let is_known = store::has_programme(conn, programme)?;
            faults.require(is_known, "/programme_id", "unknown_record", "There is no such programme.");
        }
        Ok(faults)
    }

    fn load(conn: &mut Conn, id: Id) -> Result<Option<Record<Self>>, Refusal> {
        store::load(conn, id)
    }

    fn begin(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::begin(conn, record)
    }

    fn advance(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::advance(conn, record)
    }

    fn add_version(conn: &mut Conn, record: &Record<Self>) -> Result<(), Refusal> {
        store::add_version(conn, record)
    }
}

fn aside(earmark: &Earmark) -> Aside {
    Aside { kind: AccountKind::Earmark, record_id: earmark.id, fund_period_id: earmark.facts.fund_period_id }
}

/// Makes an earmark and sets its money aside: `parts` of budget lines, or in proportion to what each has free.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period; [`crate::kernel::Code::InsufficientBalance`] where it has less; every fault.
pub fn record(
    tx: &mut Tx<'_>,
    period_id: Id,
    terms: &EarmarkTerms,
    parts: Option<&[BudgetLinePart]>,
    provenance: &Provenance,
) -> Result<Earmark, Refusal> {
    tx.touch(period_id);
    let period = periods::named(tx.conn(), &[period_id])?.remove(&period_id).ok_or(Refusal::NotFound("fund period"))?;
    let number = store::count(tx.conn(), period_id)? + 1;
    let facts = EarmarkFacts { reference: format!("{}-E{number}", period.code), fund_period_id: period_id, terms: terms.clone() };
    let earmark = record::create(tx, &facts, provenance)?;
    set_aside(tx, aside(&earmark), terms.amount_pence, parts, terms.effective_on)?;
    if terms.state == EarmarkState::Released {
        bring_back(tx, aside(&earmark), None, terms.effective_on)?;
    }
    now(tx, earmark)
}

/// The earmark after its money moved: what came back may have covered what a line is short of, out of this earmark too.
fn now(tx: &mut Tx<'_>, earmark: Earmark) -> Result<Earmark, Refusal> {
    Ok(find(tx.conn(), earmark.id)?.unwrap_or(earmark))
}

fn held(conn: &mut Conn, id: Id) -> Result<Pence, Refusal> {
    Ok(ledger::balances(conn, AccountKind::Earmark, id)?.into_iter().map(|(_, held)| held).sum())
}

/// Says of an earmark that a budget line took back money that was still set aside, `reason` saying how much.
///
/// # Errors
/// [`Refusal::NotFound`] without such an earmark; [`Refusal::Store`] where the database fails.
pub(in crate::funds) fn cut(tx: &mut Tx<'_>, id: Id, taken: Pence, reason: &str) -> Result<(), Refusal> {
    let before = find(tx.conn(), id)?.ok_or(Refusal::NotFound("earmark"))?;
    let left = held(tx.conn(), id)?;
    let (had, left) = (json!({ "remaining_pence": left + taken }), json!({ "remaining_pence": left }));
    let entry = Entry { record_kind: EarmarkFacts::KIND, record_id: id, before: had, after: left, reason: Some(reason.to_owned()) };
    audit::record(tx, entry)?;
    let facts =
        EarmarkFacts { terms: EarmarkTerms { reason: Some(reason.to_owned()), ..before.facts.terms.clone() }, ..before.facts.clone() };
    record::moved(tx, &before, facts, before.provenance.clone()).map(|_| ())
}

/// Makes an earmark as asked.
///
/// # Errors
/// As [`record`].
pub fn create(tx: &mut Tx<'_>, period_id: Id, input: &EarmarkInput) -> Result<Earmark, Refusal> {
    let terms = EarmarkTerms {
        state: EarmarkState::Active,
        name: input.name.clone(),
        purpose: input.purpose.clone(),
        programme_id: input.programme_id,
        amount_pence: input.amount_pence,
        figure: FigureNote::default(),
        effective_on: input.effective_on.unwrap_or_else(|| tx.today()),
        reason: None,
    };
    record(tx, period_id, &terms, input.parts.as_deref(), &Provenance::default())
}

/// Gives an earmark a later version, as an import tells it: more is set aside, less goes back, and all that is left once released.
///
/// # Errors
/// [`crate::kernel::Code::InsufficientBalance`] where there is less; every fault of the version.
pub fn revise(tx: &mut Tx<'_>, id: Id, terms: &EarmarkTerms, provenance: &Provenance) -> Result<Earmark, Refusal> {
    let before = find(tx.conn(), id)?.ok_or(Refusal::NotFound("earmark"))?;
    if before.facts.terms.state == EarmarkState::Released {
        return Err(Refusal::wrong_state("earmark", EarmarkState::Released, "changed"));
    }
    let change = terms.amount_pence - before.facts.terms.amount_pence;
    let after = record::replace(tx, id, &EarmarkFacts { terms: terms.clone(), ..before.facts }, provenance)?;
    match change.cmp(&Pence::ZERO) {
        Ordering::Greater => set_aside(tx, aside(&after), change, None, terms.effective_on)?,
        Ordering::Less => drop(bring_back(tx, aside(&after), Some(-change), terms.effective_on)?),
        Ordering::Equal => {}
    }
    if terms.state == EarmarkState::Released {
        bring_back(tx, aside(&after), None, terms.effective_on)?;
    }
    now(tx, after)
}

/// Releases an earmark, or part of it: the money is free in the fund period again.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`] once it is released; [`crate::kernel::Code::InsufficientBalance`] where less is left;
/// [`Refusal::Stale`]; every fault of the input.
pub fn release(tx: &mut Tx<'_>, id: Id, version: i32, input: &EarmarkRelease) -> Result<Earmark, Refusal> {
    let before = find(tx.conn(), id)?.ok_or(Refusal::NotFound("earmark"))?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let old = &before.facts.terms;
    if old.state == EarmarkState::Released {
        return Err(Refusal::wrong_state("earmark", old.state, "released"));
    }
    let effective_on = input.effective_on.unwrap_or_else(|| tx.today());
    bring_back(tx, aside(&before), input.amount_pence, effective_on)?;
    let left = held(tx.conn(), id)?;
    let state = if left.is_positive() { EarmarkState::Active } else { EarmarkState::Released };
    let terms = EarmarkTerms { state, effective_on, reason: Some(input.reason.clone()), ..old.clone() };
    let facts = EarmarkFacts { terms, ..before.facts.clone() };
    let provenance = before.provenance.clone();
    let before = now(tx, before)?;
    record::add(tx, &before, facts, provenance)
}
