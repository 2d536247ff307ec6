//! What is done to claims. None of it moves money: the ledger holds budgets.

use chrono::NaiveDate;

use crate::access::Caller;
use crate::access::permissions::Permission;
use crate::funds;
use crate::funds::budget_lines::{self, BudgetLine};
use crate::funds::claims::rules::{
    self, Certificate, ClaimFacts, ClaimState, ClaimTerms, Claimable, FunderClaimCertification, FunderClaimInput, FunderClaimReceipt,
    FunderClaimWithdrawal, Receipt,
};
use crate::funds::claims::{Claim, find, store};
use crate::funds::record::{self, Facts, Record};
use crate::funds::sources;
use crate::kernel::{Code, Event, Faults, Id, Provenance, Refusal};
use crate::store::{Conn, Tx};

impl Facts for ClaimFacts {
    const KIND: &'static str = "funder_claim";

    fn identity(&self) -> String {
        format!("The reference {}", self.reference)
    }

    fn reason(&self) -> Option<&str> {
        self.terms.reason.as_deref()
    }

    fn faults(&self, conn: &mut Conn, _: Option<&Record<Self>>, _: &Provenance) -> Result<Faults, Refusal> {
        match budget_lines::find(conn, self.budget_line_id)? {
            Some(line) => {
                // A line whose window changed since keeps no receipt and no withdrawal from a claim.
                let is_still_said = matches!(self.terms.state, ClaimState::Draft | ClaimState::Certified);
                let span = if is_still_said { Some(span(conn, &line)?) } else { None };
                let mut faults = rules::faults(&self.terms, span);
                // A funder may set other periods later: what is certified stays as it is.
                if self.terms.state == ClaimState::Draft
                    && let Some(span) = span
                    && let Some(period) = sources::find(conn, line.facts.funding_source_id)?.and_then(|source| source.facts.claim_period)
                {
                    let days = (self.terms.starts_on, self.terms.ends_on);
                    rules::check_period(&mut faults, period, (days, span), self.terms.days_reason.as_deref());
                }
                Ok(faults)
            }
            None => {
                let mut faults = Faults::new();
                faults.add("/budget_line_id", "unknown_record", "There is no such budget line.");
                Ok(faults)
            }
        }
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

/// The first and the last day on which money of the line may be spent: its window, or its fund period where that has an open end.
fn span(conn: &mut Conn, line: &BudgetLine) -> Result<(NaiveDate, NaiveDate), Refusal> {
    let period = funds::period(conn, line.facts.fund_period_id)?.facts;
    let terms = &line.facts.terms;
    Ok((terms.window_starts_on.unwrap_or(period.starts_on), terms.window_ends_on.unwrap_or(period.ends_on)))
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Claim, Refusal> {
    let claim = find(tx.conn(), id)?.ok_or(Refusal::NotFound("claim"))?;
    if claim.version == version { Ok(claim) } else { Err(Refusal::Stale) }
}

fn next(tx: &mut Tx<'_>, before: &Claim, terms: ClaimTerms) -> Result<Claim, Refusal> {
    let facts = ClaimFacts { recorded_by: tx.actor().id, terms, ..before.facts.clone() };
    let provenance = record::still_lacking(before, &facts)?;
    record::add(tx, before, facts, provenance)
}

/// Refuses a claim that, beside the others, is more than its line's confirmed amount.
fn within_budget(tx: &mut Tx<'_>, claim: &Claim) -> Result<(), Refusal> {
    let id = claim.facts.budget_line_id;
    tx.touch(id);
    let line = budget_lines::find(tx.conn(), id)?.ok_or(Refusal::NotFound("budget line"))?;
    let others = store::of_line(tx.conn(), id)?;
    let line = Claimable {
        reference: line.facts.reference,
        state: line.facts.terms.state,
        amount: line.facts.terms.amount_pence,
        taken: others.iter().filter(|other| other.id != claim.id).map(|other| other.facts.terms.taken()).sum(),
    };
    rules::may_claim(&line, claim.facts.terms.amount_pence)
}

/// Begins a claim.
///
/// # Errors
/// Every fault of the input; whatever [`rules::may_claim`] refuses.
pub fn create(tx: &mut Tx<'_>, input: &FunderClaimInput) -> Result<Claim, Refusal> {
    begin(tx, input, &Provenance::default())
}

fn begin(tx: &mut Tx<'_>, input: &FunderClaimInput, provenance: &Provenance) -> Result<Claim, Refusal> {
    let number = store::count(tx.conn())? + 1;
    let facts = ClaimFacts {
        reference: format!("CLM-{number:04}"),
        budget_line_id: input.budget_line_id,
        recorded_by: tx.actor().id,
        terms: input.terms(),
    };
    let claim = record::create(tx, &facts, provenance)?;
    within_budget(tx, &claim)?;
    Ok(claim)
}

/// A claim of an office's past, with all that had come of it by then.
#[derive(Debug, Clone)]
pub struct ToldClaim {
    /// What was claimed.
    pub input: FunderClaimInput,
    /// That finance stood by it.
    pub certificate: Option<Certificate>,
    /// The money that came, in order.
    pub receipts: Vec<FunderClaimReceipt>,
    /// Why it was taken back, where it was.
    pub withdrawn: Option<String>,
}

/// Takes in a claim of an office's past, or takes the one with this id on to what is told now, step by step.
///
/// # Errors
/// [`Code::WrongState`] where it was certified with other figures; every fault of a step; whatever [`rules::may_claim`] refuses.
pub fn import(tx: &mut Tx<'_>, id: Option<Id>, told: &ToldClaim, provenance: &Provenance) -> Result<Claim, Refusal> {
    let mut claim = match id {
        None => begin(tx, &told.input, provenance)?,
        Some(id) => find(tx.conn(), id)?.ok_or(Refusal::NotFound("claim"))?,
    };
    let (today, name) = (tx.today(), tx.actor().name.clone());
    if !claim.facts.is_of(&told.input) {
        if claim.facts.terms.state != ClaimState::Draft || claim.facts.budget_line_id != told.input.budget_line_id {
            return Err(Refusal::wrong_state("claim", claim.facts.terms.state, "given other figures"));
        }
        claim = told_next(tx, &claim, told.input.terms(), provenance)?;
    }
    if let Some(certificate) = told.certificate.as_ref().filter(|_| claim.facts.terms.state == ClaimState::Draft) {
        rules::certificate_faults(certificate, today).into_result()?;
        let certificate = Some(certificate.clone());
        let terms = ClaimTerms { state: ClaimState::Certified, certificate, ..claim.facts.terms.clone() };
        claim = told_next(tx, &claim, terms, provenance)?;
    }
    within_budget(tx, &claim)?;
    for one in &told.receipts {
        if claim.facts.terms.receipts.iter().any(|noted| noted.reference == one.reference) {
            continue;
        }
        if !claim.facts.terms.state.takes_receipts() {
            return Err(Refusal::wrong_state("claim", claim.facts.terms.state, "paid"));
        }
        let receipt = Receipt {
            version: claim.version + 1,
            recorded_at: tx.recorded_at(),
            recorded_by: None,
            recorded_by_name: name.clone(),
            amount_pence: one.amount_pence,
            received_on: one.received_on.unwrap_or(today),
            reference: one.reference.trim().to_owned(),
        };
        rules::receipt_faults(&claim.facts.terms, &receipt, today).into_result()?;
        let terms = claim.facts.terms.receiving(receipt)?;
        claim = told_next(tx, &claim, terms, provenance)?;
    }
    if told.withdrawn.is_some() && claim.facts.terms.state.is_open() {
        let terms = ClaimTerms { state: ClaimState::Withdrawn, reason: told.withdrawn.clone(), ..claim.facts.terms.clone() };
        claim = told_next(tx, &claim, terms, provenance)?;
    }
    Ok(claim)
}

fn told_next(tx: &mut Tx<'_>, before: &Claim, terms: ClaimTerms, provenance: &Provenance) -> Result<Claim, Refusal> {
    let facts = ClaimFacts { recorded_by: tx.actor().id, terms, ..before.facts.clone() };
    record::add(tx, before, facts, provenance.clone())
}

/// Changes a claim that is not certified.
///
/// # Errors
/// [`Code::WrongState`] once it is; [`Refusal::Stale`]; every fault of the result; whatever [`rules::may_claim`] refuses.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&FunderClaimInput) -> Result<FunderClaimInput, Refusal>,
) -> Result<Claim, Refusal> {
    let before = at_version(tx, id, version)?;
    let current = FunderClaimInput::of(&before.facts)?;
    let input = change(&current)?;
    if input.budget_line_id != current.budget_line_id {
        let message = "The budget line of a claim stays as it is: withdraw this claim and write another.";
        return Err(Refusal::invalid("/budget_line_id", "fixed", message));
    }
    if input == current {
        return Ok(before);
    }
    let after = next(tx, &before, input.terms())?;
    within_budget(tx, &after)?;
    Ok(after)
}

/// Certifies a claim: from now on its figures are frozen. Whoever wrote any version of it may not.
///
/// # Errors
/// [`Code::WrongState`] unless it is a draft; [`Code::SamePerson`]; [`Refusal::Stale`]; every fault of the input, and its days are not over; whatever
/// [`rules::may_claim`] refuses, since the budget may have been cut; whatever freezes it refuses: returns that are outstanding and not spoken of.
pub fn certify(tx: &mut Tx<'_>, id: Id, version: i32, input: &FunderClaimCertification) -> Result<Claim, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    if old.state != ClaimState::Draft {
        return Err(Refusal::wrong_state("claim", old.state, "certified"));
    }
    let authors = store::authors(tx.conn(), &[id])?;
    let actor = tx.actor().clone();
    if actor.id.is_some_and(|actor| authors.contains(&(id, actor))) {
        return Err(Refusal::rule(
            Code::SamePerson,
            "You wrote a version of this claim, so another chief finance officer must certify it.",
        ));
    }
    let today = tx.today();
    let certificate = Certificate {
        statement: input.statement.trim().to_owned(),
        certified_on: input.certified_on.unwrap_or(today),
        certified_by: actor.id,
        certified_by_name: actor.name,
        outstanding_returns: input.outstanding_returns.clone(),
    };
    rules::certifying_faults(old, &certificate, today).into_result()?;
    let terms = ClaimTerms { state: ClaimState::Certified, certificate: Some(certificate), reason: None, ..old.clone() };
    let after = next(tx, &before, terms).map_err(|refusal| refusal.of_record("claim", &[]))?;
    within_budget(tx, &after)?;
    tx.emit(Event::FunderClaimCertified { claim_id: id })?;
    Ok(after)
}

/// Notes money that came for a certified claim.
///
/// # Errors
/// [`Code::WrongState`] unless it is certified and not all has come; [`Code::RuleBroken`] for more than is claimed; [`Refusal::Stale`];
/// every fault of the input.
pub fn receive(tx: &mut Tx<'_>, id: Id, version: i32, input: &FunderClaimReceipt) -> Result<Claim, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    if !old.state.takes_receipts() {
        return Err(Refusal::wrong_state("claim", old.state, "paid"));
    }
    let (today, actor) = (tx.today(), tx.actor().clone());
    let receipt = Receipt {
        version: before.version + 1,
        recorded_at: tx.recorded_at(),
        recorded_by: actor.id,
        recorded_by_name: actor.name,
        amount_pence: input.amount_pence,
        received_on: input.received_on.unwrap_or(today),
        reference: input.reference.trim().to_owned(),
    };
    rules::receipt_faults(old, &receipt, today).into_result()?;
    next(tx, &before, old.receiving(receipt)?)
}

/// Takes a claim back, or says that nothing more is expected for it. What came stays noted. Once it is certified, that takes somebody
/// who may certify.
///
/// # Errors
/// [`Code::WrongState`] once all has come or it is withdrawn; [`Refusal::Forbidden`]; [`Refusal::Stale`]; every fault of the input.
pub fn withdraw(tx: &mut Tx<'_>, caller: &Caller, id: Id, version: i32, input: &FunderClaimWithdrawal) -> Result<Claim, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    let needed = Permission::ClaimsCertify;
    if old.state.takes_receipts() && !caller.may(needed) {
        return Err(Refusal::Forbidden(needed.word()));
    }
    if !old.state.is_open() {
        return Err(Refusal::wrong_state("claim", old.state, "withdrawn"));
    }
    next(tx, &before, ClaimTerms { state: ClaimState::Withdrawn, reason: Some(input.reason.clone()), ..old.clone() })
}
