//! What the whole ledger holds, added up from the movements of a question another way than what each record holds.

use crate::kernel::Pence;
use crate::ledger::{AccountKind, KindTotal};

/// What the whole ledger holds by kind of account: the other way of adding up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whole {
    /// In fund periods.
    pub unallocated: Pence,
    /// In earmarks.
    pub earmarked: Pence,
    /// In tranches.
    pub allocated: Pence,
    /// Offered.
    pub offered: Pence,
    /// Committed, paid included.
    pub committed: Pence,
    /// Paid.
    pub paid: Pence,
    /// Recovered.
    pub recovered: Pence,
    /// Released.
    pub released: Pence,
}

impl Whole {
    /// From the movements by kind, and how many there are.
    #[must_use]
    pub fn of(kinds: &[KindTotal]) -> (Self, i64) {
        use AccountKind::{Committed, Earmark, FundPeriod, Offered, Paid, Source, Tranche};
        let mut whole = Self::default();
        for row in kinds {
            let amount = row.amount;
            for (kind, change) in [(row.from_kind, -amount), (row.to_kind, amount)] {
                let balance = match kind {
                    Source => continue,
                    FundPeriod => &mut whole.unallocated,
                    Earmark => &mut whole.earmarked,
                    Tranche => &mut whole.allocated,
                    Offered => &mut whole.offered,
                    Committed | Paid => &mut whole.committed,
                };
                *balance = *balance + change;
            }
            let sum = match (row.from_kind, row.to_kind) {
                (Committed, Paid) => &mut whole.paid,
                (Paid, Committed) => {
                    whole.paid = whole.paid - amount;
                    continue;
                }
                (Paid, _) => &mut whole.recovered,
                (Offered | Committed, FundPeriod | Earmark | Tranche) => &mut whole.released,
                _ => continue,
            };
            *sum = *sum + amount;
        }
        (whole, kinds.iter().map(|row| row.count).sum())
    }
}
