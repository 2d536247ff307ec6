//! What is done to bids.

use crate::funds::bids::rules::{
    self, BidBudgetLine, BidDecision, BidFacts, BidGatePassing, BidInput, BidOutcome, BidState, BidSubmission, BidTerms, BidWithdrawal,
    OpccRole,
};
use crate::funds::bids::{Bid, find, store};
use crate::funds::budget_lines::{self, BudgetLine, BudgetState, BudgetTerms};
use crate::funds::record::{self, Facts, Record};
use crate::funds::{self, areas, sources};
use crate::kernel::{Code, Faults, FigureNote, Id, Pence, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for BidFacts {
    const KIND: &'static str = "bid";

    fn identity(&self) -> String {
        format!("The reference {}", self.reference)
    }

    fn reason(&self) -> Option<&str> {
        self.terms.reason.as_deref()
    }

    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, provenance: &Provenance) -> Result<Faults, Refusal> {
        let terms = &self.terms;
        let mut faults = rules::faults(terms, before.map(|before| &before.facts.terms), provenance);
        if let Some(source) = terms.funding_source_id {
            let is_known = sources::find(conn, source)?.is_some();
            faults.require(is_known, "/funding_source_id", "unknown_record", "There is no such funding source.");
        }
        if let Some(fund) = terms.fund_id {
            let is_known = funds::find(conn, fund)?.is_some();
            faults.require(is_known, "/fund_id", "unknown_record", "There is no such fund.");
        }
        if let Some(provider) = terms.lead_provider_id {
            let is_known = store::has_provider(conn, provider)?;
            faults.require(is_known, "/lead_provider_id", "unknown_record", "There is no such provider.");
        }
        let known = areas::named(conn, &terms.area_ids)?;
        for (at, area) in terms.area_ids.iter().enumerate() {
            faults.require(known.contains_key(area), &format!("/area_ids/{at}"), "unknown_record", "There is no such area.");
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

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Bid, Refusal> {
    let bid = find(tx.conn(), id)?.ok_or(Refusal::NotFound("bid"))?;
    if bid.version == version { Ok(bid) } else { Err(Refusal::Stale) }
}

fn next(tx: &mut Tx<'_>, before: &Bid, terms: BidTerms) -> Result<Bid, Refusal> {
    let facts = BidFacts { terms, ..before.facts.clone() };
    let provenance = record::still_lacking(before, &facts)?;
    record::add(tx, before, facts, provenance)
}

/// Keeps a bid in any state.
///
/// # Errors
/// Every fault of the terms.
pub fn record(tx: &mut Tx<'_>, terms: &BidTerms, provenance: &Provenance) -> Result<Bid, Refusal> {
    let number = store::count(tx.conn())? + 1;
    let facts = BidFacts { reference: format!("BID-{number:04}"), terms: terms.clone() };
    record::create(tx, &facts, provenance)
}

/// Begins a bid.
///
/// # Errors
/// Every fault of the input.
pub fn create(tx: &mut Tx<'_>, input: &BidInput) -> Result<Bid, Refusal> {
    record(tx, &input.terms(None), &Provenance::default())
}

/// Gives a bid a later version, as an import tells it.
///
/// # Errors
/// [`Code::WrongState`] where that state may not follow; every fault of the terms.
pub fn revise(tx: &mut Tx<'_>, id: Id, terms: &BidTerms, provenance: &Provenance) -> Result<Bid, Refusal> {
    let before = find(tx.conn(), id)?.ok_or(Refusal::NotFound("bid"))?;
    let state = before.facts.terms.state;
    if !state.may_become(terms.state) {
        return Err(Refusal::wrong_state("bid", state, &format!("made {}", terms.state)));
    }
    let terms = BidTerms { budget_line_id: before.facts.terms.budget_line_id, ..terms.clone() };
    record::replace(tx, id, &BidFacts { terms, ..before.facts }, provenance)
}

/// Changes a bid that is not over.
///
/// # Errors
/// [`Code::WrongState`] once it is; [`Refusal::Stale`]; every fault of the result.
pub fn update(tx: &mut Tx<'_>, id: Id, version: i32, change: impl FnOnce(&BidInput) -> Result<BidInput, Refusal>) -> Result<Bid, Refusal> {
    let before = at_version(tx, id, version)?;
    let current = BidInput::of(&before.facts.terms)?;
    let input = change(&current)?;
    if input == current {
        return Ok(before);
    }
    next(tx, &before, input.terms(Some(&before.facts.terms)))
}

/// Notes that the funder has the bid.
///
/// # Errors
/// [`Code::WrongState`] unless it is being written; [`Refusal::Stale`]; what a submitted bid needs.
pub fn submit(tx: &mut Tx<'_>, id: Id, version: i32, input: &BidSubmission) -> Result<Bid, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    if old.state != BidState::Drafting {
        return Err(Refusal::wrong_state("bid", old.state, "submitted"));
    }
    let submitted_on = Some(input.submitted_on.unwrap_or_else(|| tx.today()));
    next(tx, &before, BidTerms { state: BidState::Submitted, submitted_on, reason: None, ..old.clone() })
}

/// Notes that the bid has passed its next gate.
///
/// # Errors
/// [`Code::WrongState`] once it is over; [`Refusal::Stale`]; [`Refusal::Invalid`] for a gate that is not next.
pub fn pass_gate(tx: &mut Tx<'_>, id: Id, version: i32, input: &BidGatePassing) -> Result<Bid, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    if old.state.is_over() {
        return Err(Refusal::wrong_state("bid", old.state, "taken past a gate"));
    }
    let terms = old.passing(input.number, input.passed_on.unwrap_or_else(|| tx.today()))?;
    next(tx, &before, BidTerms { reason: None, ..terms })
}

/// Notes what the funder decided.
///
/// # Errors
/// [`Code::WrongState`] unless the bid is submitted; [`Refusal::Stale`]; every fault of the outcome.
pub fn decide(tx: &mut Tx<'_>, id: Id, version: i32, input: &BidOutcome) -> Result<Bid, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    if old.state != BidState::Submitted {
        return Err(Refusal::wrong_state("bid", old.state, "decided"));
    }
    let state = match input.decision {
        BidDecision::Successful => BidState::Successful,
        BidDecision::Unsuccessful => BidState::Unsuccessful,
    };
    let decided_on = Some(input.decided_on.unwrap_or_else(|| tx.today()));
    let figure = if input.awarded_pence.is_some() { FigureNote::default() } else { old.figure.clone() };
    let terms = BidTerms { state, awarded_pence: input.awarded_pence, figure, decided_on, reason: input.reason.clone(), ..old.clone() };
    next(tx, &before, terms)
}

/// Takes a bid back.
///
/// # Errors
/// [`Code::WrongState`] once it is over; [`Refusal::Stale`].
pub fn withdraw(tx: &mut Tx<'_>, id: Id, version: i32, input: &BidWithdrawal) -> Result<Bid, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    if old.state.is_over() {
        return Err(Refusal::wrong_state("bid", old.state, "withdrawn"));
    }
    next(tx, &before, BidTerms { state: BidState::Withdrawn, reason: Some(input.reason.clone()), ..old.clone() })
}

/// Makes a provisional budget line of a successful bid that the body leads (R24). It moves money once it is confirmed.
///
/// # Errors
/// [`Code::WrongState`] unless the bid is successful; [`Code::RuleBroken`] where the body only supports it, or what was awarded or by
/// whom is not known; [`Code::Taken`] where it has become a line already; [`Refusal::Stale`]; every fault of the line.
pub fn make_budget_line(tx: &mut Tx<'_>, id: Id, version: i32, input: &BidBudgetLine) -> Result<BudgetLine, Refusal> {
    let bid = at_version(tx, id, version)?;
    let old = &bid.facts.terms;
    if old.state != BidState::Successful {
        return Err(Refusal::wrong_state("bid", old.state, "made a budget line"));
    }
    if old.opcc_role == OpccRole::Supporter {
        return Err(Refusal::rule(Code::RuleBroken, "A bid that the body only supports stays outside its funds (R25)."));
    }
    if old.budget_line_id.is_some() {
        return Err(Refusal::rule(Code::Taken, "This bid has become a budget line already."));
    }
    let (Some(source_id), Some(amount_pence)) = (old.funding_source_id, old.awarded_pence) else {
        return Err(Refusal::rule(Code::RuleBroken, "What was awarded, or by whom, is not known, so no budget line can be made of it."));
    };
    let terms = BudgetTerms {
        state: BudgetState::Provisional,
        amount_pence,
        internal_pence: Some(Pence::ZERO),
        figure: old.figure.clone(),
        effective_on: input.effective_on.or(old.decided_on).unwrap_or_else(|| tx.today()),
        conditions: input.conditions.clone(),
        window_starts_on: input.window_starts_on,
        window_ends_on: input.window_ends_on,
        unspent_rule: None,
        reason: Some(format!("Awarded bid {}", bid.facts.reference)),
    };
    let line = budget_lines::acts::record(tx, input.fund_period_id, source_id, &terms, &Provenance::default())?;
    next(tx, &bid, BidTerms { budget_line_id: Some(line.id), reason: None, ..old.clone() })?;
    Ok(line)
}
