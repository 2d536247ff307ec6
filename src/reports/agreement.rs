//! Whether a report agrees with the ledger: what records hold against the whole of the movements, added up another way, in the report's own snapshot. Of a
//! report that shows nothing of the ledger it says whether the ledger beside it agrees with itself, and that it says no more.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Refusal;
use crate::ledger::{self, Holder, Tallies};
use crate::reports::asked::At;
use crate::reports::book::Book;
use crate::reports::book::load::LATER_MAX;
use crate::reports::book::whole::Whole;
use crate::store::Conn;

words! {
    /// What was held against the movements.
    pub enum LedgerChecked {
        /// The money of the ledger that the report shows: all that it is added up from.
        Figures = "figures",
        /// The ledger beside the report alone. The report shows what providers reported or what is printed, which no movement says.
        Ledger = "ledger",
    }
}

impl LedgerChecked {
    /// What was checked where that was not told yet: the money of a board's snapshot.
    const fn at_first() -> Self {
        Self::Figures
    }
}

/// Whether the books balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerAgreement {
    /// Whether what `checked` names agrees with all movements of the ledger, added up another way; of allocations, outturn and underspend also the rows with the
    /// totals.
    pub balanced: bool,
    /// What was held against the movements.
    #[serde(default = "LedgerChecked::at_first")]
    pub checked: LedgerChecked,
    /// How many ledger movements there are up to the day and the moment.
    pub transfers: i64,
}

impl LedgerAgreement {
    /// Of a picture that nobody is shown by itself, so that nothing is checked.
    pub const NONE: Self = Self { balanced: false, checked: LedgerChecked::Ledger, transfers: 0 };

    /// What a book found when it was read.
    #[must_use]
    pub const fn of_book(book: &Book) -> Self {
        Self { balanced: book.is_balanced, checked: LedgerChecked::Figures, transfers: book.transfers }
    }

    /// Holds what records have of budget lines against the whole ledger.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn of_tallies(conn: &mut Conn, at: At, tallies: &Tallies) -> Result<Self, Refusal> {
        let (whole, transfers) = Whole::of(&ledger::kinds(conn, at.as_at, at.known_at)?);
        Ok(Self { balanced: Whole::of_records(tallies) == whole, checked: LedgerChecked::Figures, transfers })
    }

    /// Of a report that shows what was spent, counted or is expected, and reads no movement for that: whether the ledger that it stands beside agrees with itself.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn beside(conn: &mut Conn, at: At) -> Result<Self, Refusal> {
        let tallies = Tallies::at(conn, at.as_at, at.known_at, LATER_MAX)?;
        Ok(Self { checked: LedgerChecked::Ledger, ..Self::of_tallies(conn, at, &tallies)? })
    }

    /// The same, where something else holds too.
    #[must_use]
    pub const fn holding(self, is_held: bool) -> Self {
        Self { balanced: self.balanced && is_held, ..self }
    }

    /// Both of two parts of a report, and that they were made of the same movements.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.holding(other.balanced && self.transfers == other.transfers)
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
