//! A claim to a funder as one file: what is claimed and what came, what was spent of the budget line and what was counted with it.
//!
//! A certified claim shows the figures that were frozen with the certificate. Before that they are worked out from what is known now, so
//! that whoever certifies sees what will be frozen. Small numbers are held against what the funder has by other claims (`beside`). What is
//! different by now in the days of an earlier claim stands in rows of its own.

mod beside;
mod counts;
pub mod outstanding;
mod recounted;
pub mod routes;
mod spent;
mod store;

pub use beside::{Telling, certified_of_year};

use crate::kernel::{Id, Refusal};
use crate::publishing::claims::rules::ClaimFigures;
use crate::reports::asked::At;
use crate::reports::claim::beside::Beside;
use crate::reports::claim::store::{ClaimFacts, FrozenClaim};
use crate::reports::limits::store::small_below;
use crate::store::Conn;

/// The figures of a claim, from what is known.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such claim; [`Refusal::Store`] where the database fails.
pub fn figures(conn: &mut Conn, at: At, claim_id: Id) -> Result<ClaimFigures, Refusal> {
    let claim = store::claim(conn, claim_id, at)?.ok_or(Refusal::NotFound("claim"))?;
    let awards = store::awards(conn, claim.line_id, at)?;
    let small_numbers_agreed = store::source(conn, claim.source_id, at)?.small_numbers_agreed;
    let small_below = small_below(conn, Some(at.known_at))?;
    let below = (!small_numbers_agreed).then_some(small_below);
    let mut others = store::all_frozen(conn, Some(at.known_at))?;
    others.retain(|one| one.source_id == claim.source_id && one.id != claim.id);
    let earlier: Vec<FrozenClaim> = others.iter().filter(|one| one.line_id == claim.line_id).cloned().collect();
    let mut rows = spent::rows(conn, at, &claim, &awards, &earlier)?;
    rows.extend(recounted::rows(conn, at, &claim, &awards, (&earlier, below))?);
    let beside = match below {
        Some(_) => Beside { claims: beside::of(conn, &claim, &others)?, pages: beside::pages(conn, at, &claim)? },
        None => Beside::default(),
    };
    rows.extend(counts::rows(conn, at, &claim, &awards, (below, &beside))?);
    counts::in_own_words(conn, at, &mut rows)?;
    let outstanding_return_count = i64::try_from(store::outstanding(conn, &claim, &awards, at)?.len()).unwrap_or(i64::MAX);
    Ok(ClaimFigures { small_numbers_agreed, small_below, outstanding_return_count, rows })
}

impl ClaimFacts {
    /// Whether a period belongs to the claim: a return belongs to the claim in whose days its period ends.
    const fn days(&self) -> (chrono::NaiveDate, chrono::NaiveDate) {
        (self.starts_on, self.ends_on)
    }
}
