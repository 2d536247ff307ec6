//! Whether a report agrees with the ledger: what records hold against the whole of the movements, added up another way, in the report's own snapshot.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Refusal;
use crate::ledger::{self, Holder, Tallies};
use crate::reports::asked::At;
use crate::reports::book::Book;
use crate::reports::book::load::LATER_MAX;
use crate::reports::book::whole::Whole;
use crate::store::Conn;

/// Whether the books balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerAgreement {
    /// Whether the report agrees with the whole ledger, added up another way, and its rows with its totals.
    pub balanced: bool,
    /// How many ledger movements there are up to the day and the moment.
    pub transfers: i64,
}

impl LedgerAgreement {
    /// What a book found when it was read.
    #[must_use]
    pub const fn of_book(book: &Book) -> Self {
        Self { balanced: book.is_balanced, transfers: book.transfers }
    }

    /// Holds what records have of budget lines against the whole ledger.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn of_tallies(conn: &mut Conn, at: At, tallies: &Tallies) -> Result<Self, Refusal> {
        let (whole, transfers) = Whole::of(&ledger::kinds(conn, at.as_at, at.known_at)?);
        Ok(Self { balanced: Whole::of_records(tallies) == whole, transfers })
    }

    /// The same of a report that shows what was spent or is expected, and reads no movement for that: the ledger it stands beside agrees with itself.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn beside(conn: &mut Conn, at: At) -> Result<Self, Refusal> {
        let tallies = Tallies::at(conn, at.as_at, at.known_at, LATER_MAX)?;
        Self::of_tallies(conn, at, &tallies)
    }

    /// Both of two parts of a report, and that they were made of the same movements.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { balanced: self.balanced && other.balanced && self.transfers == other.transfers, transfers: self.transfers }
    }
}

impl Whole {
    /// What all records hold of all budget lines.
    fn of_records(tallies: &Tallies) -> Self {
        let held = |holder| tallies.of_each(holder).map(|(_, _, tally)| tally.held).sum();
        let mut whole = Self {
            unallocated: held(Holder::FundPeriod),
            earmarked: held(Holder::Earmark),
            allocated: held(Holder::Tranche),
            offered: held(Holder::Award),
            ..Self::default()
        };
        for (_, _, tally) in tallies.of_each(Holder::Award) {
            whole.committed = whole.committed + tally.committed;
            whole.paid = whole.paid + tally.paid;
            whole.recovered = whole.recovered + tally.recovered;
            whole.released = whole.released + tally.released;
        }
        whole
    }
}
