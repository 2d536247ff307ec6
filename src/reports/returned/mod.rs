//! What accepted returns say: spend and values. A return counts from the day its acceptance takes effect, and only then.
//!
//! **Adjustments.** An accepted return stays as it is. What corrects it is a difference of its own, which counts in later days and from the
//! day on which it takes effect; reports show what was accepted and what was adjusted.
//!
//! **Parts.** An award that is a part of another one has no money of its own: what it spends is spent out of the whole's. So its spend
//! stands with the whole, and where the whole itself reports for the same days, the part's figures are contained in that and are not
//! added ([`Parts`]). Allocations, expenditure, indicators and printed totals all follow this one rule.

mod owed;
pub mod store;

use std::collections::{HashMap, HashSet};

use crate::kernel::{Id, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;

pub use crate::returns::rules::{Parts, Told};
pub use owed::Owed;
pub use store::{AcceptedRow, AdjustedSpendRow, Counting, Days, SpendRow, Written};

/// What accepted returns report as spent.
#[derive(Debug, Default)]
pub struct Spending {
    /// The accepted returns, with spend or without. Each names the award whose money it is about: the whole, where a part reports.
    pub returns: HashMap<Id, AcceptedRow>,
    /// The spend that counts.
    pub spend: Vec<SpendRow>,
    /// The adjustments of it that count.
    pub adjusted: Vec<AdjustedSpendRow>,
    /// Of the returns those that a part reported, with that part. They tell of a piece of the whole's money only.
    pub of_parts: HashMap<Id, Id>,
    /// Of the returns those that did not say what was spent, of which adjustments say it.
    pub by_adjustment: HashSet<Id>,
}

/// Which awards are parts of which.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn parts(conn: &mut Conn, at: At) -> Result<Parts, Refusal> {
    Ok(Parts::of(store::wholes(conn, at.known_at)?))
}

/// The returns that awards owe, as known at a moment.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn owed(conn: &mut Conn, at: At) -> Result<Owed, Refusal> {
    Ok(Owed::of(store::periods(conn, at.known_at)?, store::first_days(conn, at.known_at)?))
}

/// What was spent, each pound once.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn spending(conn: &mut Conn, at: At) -> Result<Spending, Refusal> {
    let parts = parts(conn, at)?;
    let (accepted, spend) = (store::accepted(conn, at)?, store::spend(conn, at)?);
    Ok(once(&parts, accepted, spend, store::adjusted_spend(conn, at)?))
}

/// What was spent of some awards, each pound once. They stand with all parts that they have: a part's spend is its whole's.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn spending_of(conn: &mut Conn, at: At, parts: &Parts, awards: &[Id]) -> Result<Spending, Refusal> {
    let accepted = store::accepted_of(conn, at, awards)?;
    let returns: Vec<Id> = accepted.iter().map(|row| row.return_id).collect();
    let spend = store::spend_of(conn, at, &returns)?;
    Ok(once(parts, accepted, spend, store::adjusted_spend_of(conn, at, &returns)?))
}

/// Puts together what accepted returns say, each pound once.
fn once(parts: &Parts, accepted: Vec<AcceptedRow>, mut spend: Vec<SpendRow>, mut adjusted: Vec<AdjustedSpendRow>) -> Spending {
    let mut returns: HashMap<Id, AcceptedRow> = accepted.into_iter().map(|row| (row.return_id, row)).collect();
    adjusted.retain(|row| returns.contains_key(&row.return_id));
    let mut by_adjustment = HashSet::new();
    for row in &adjusted {
        // Whoever corrects what was spent says what was spent.
        if let Some(of) = returns.get_mut(&row.return_id).filter(|of| !of.is_spend_reported()) {
            of.spend_reported = Some(true);
            by_adjustment.insert(row.return_id);
        }
    }
    let mut of_parts = HashMap::new();
    if !parts.is_empty() {
        let told: Vec<&AcceptedRow> = returns.values().filter(|row| row.is_spend_reported()).collect();
        let counted: HashSet<Id> = parts.once(told, |row| Some(row.told())).into_iter().map(|row| row.return_id).collect();
        spend.retain(|row| counted.contains(&row.return_id));
        adjusted.retain(|row| counted.contains(&row.return_id));
        for row in returns.values_mut() {
            let whole = parts.whole_of(row.award_id);
            if whole != row.award_id {
                of_parts.insert(row.return_id, row.award_id);
            }
            row.award_id = whole;
        }
    }
    Spending { returns, spend, adjusted, of_parts, by_adjustment }
}

impl AcceptedRow {
    /// Whether it is accepted, so that its figures are final.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.state == store::ACCEPTED
    }

    /// Whether it says what was spent. Nothing is a figure too.
    #[must_use]
    pub fn is_spend_reported(&self) -> bool {
        self.spend_reported == Some(true)
    }

    /// What it tells of its award's spend.
    #[must_use]
    pub fn told(&self) -> Told {
        Told { award: self.award_id, area: None, days: (self.starts_on, self.ends_on), is_reported: self.is_spend_reported() }
    }
}
