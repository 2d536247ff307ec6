//! What an award is owed, or owes, at the end of a year. Pure.

use std::collections::BTreeMap;

use crate::kernel::{Id, Pence};

words! {
    /// What stands in a journal.
    pub enum JournalKind {
        /// Spent and not paid yet: owed to the provider.
        Accrual = "accrual",
        /// Paid and not spent yet, by an award that goes on.
        Prepayment = "prepayment",
        /// Paid and not spent, by an award that is over: owed by the provider.
        Debtor = "debtor",
    }
}

words! {
    /// How what was spent is known.
    pub enum SpendBasis {
        /// An accepted return covers the last day of the year, or of the award.
        Accepted = "accepted",
        /// The estimate counts until that return is accepted.
        Estimate = "estimate",
        /// Neither: only what was accepted until now counts.
        AcceptedInPart = "accepted_in_part",
    }
}

/// What one budget line has of an award.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfLine {
    /// Committed and not paid.
    pub committed: Pence,
    /// Paid, less what came back.
    pub paid: Pence,
    /// Released before it was paid.
    pub released: Pence,
}

/// An award at the end of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardBooks {
    /// The award.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// Whether delivery is over.
    pub is_over: bool,
    /// What accepted returns report as spent by the end of the year.
    pub accepted: Pence,
    /// Whether accepted returns tell of all days.
    pub is_covered: bool,
    /// What is expected to have been spent, where somebody said.
    pub estimate: Option<Pence>,
    /// By budget line, in the order in which the lines were made.
    pub lines: BTreeMap<Id, OfLine>,
}

/// What one budget line has of an award's money, worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The budget line.
    pub budget_line_id: Id,
    /// What the line has.
    pub of_line: OfLine,
    /// Its share of what was spent.
    pub spent: Pence,
    /// Spent and not paid.
    pub owed: Pence,
    /// Paid and not spent.
    pub unspent: Pence,
}

impl AwardBooks {
    /// How what was spent is known.
    #[must_use]
    pub const fn basis(&self) -> SpendBasis {
        match (self.is_covered, self.estimate) {
            (true, _) => SpendBasis::Accepted,
            (false, Some(_)) => SpendBasis::Estimate,
            (false, None) => SpendBasis::AcceptedInPart,
        }
    }

    /// What was spent: as accepted or, while returns are missing, as estimated where that is more.
    #[must_use]
    pub fn spent(&self) -> Pence {
        if self.is_covered { self.accepted } else { self.estimate.unwrap_or_default().max(self.accepted) }
    }

    /// All that was paid.
    #[must_use]
    pub fn paid(&self) -> Pence {
        self.lines.values().map(|line| line.paid).sum()
    }

    /// All that is committed and not paid.
    #[must_use]
    pub fn committed(&self) -> Pence {
        self.lines.values().map(|line| line.committed).sum()
    }

    /// By budget line, to the penny. What was spent beyond the award is nobody's here. What is owed is shared as what is still to be paid, and what is
    /// unspent as what was paid: so no line is owed more than it has committed, or owes more than it paid.
    #[must_use]
    pub fn settled(&self) -> Vec<Settled> {
        let (paid, committed) = (self.paid(), self.committed());
        let spent = self.spent().min(paid + committed).max(Pence::ZERO);
        let difference = spent - paid;
        let weights = |of: fn(&OfLine) -> Pence| self.lines.values().map(of).collect::<Vec<Pence>>();
        let owed = difference.max(Pence::ZERO).split(&weights(|line| line.committed));
        let unspent = (-difference).max(Pence::ZERO).split(&weights(|line| line.paid));
        let each = self.lines.iter().zip(owed).zip(unspent);
        each.map(|(((line, of_line), owed), unspent)| Settled {
            budget_line_id: *line,
            of_line: *of_line,
            spent: of_line.paid + owed - unspent,
            owed,
            unspent,
        })
        .collect()
    }
}

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalLine {
    /// The award.
    pub award_id: Id,
    /// The budget line.
    pub budget_line_id: Id,
    /// What it is.
    pub kind: JournalKind,
    /// How what was spent is known.
    pub basis: SpendBasis,
    /// How much; below nothing where an earlier journal said too much.
    pub amount: Pence,
}

/// What an approved journal said of an award's line.
pub type Approved = BTreeMap<(Id, Id, JournalKind), Pence>;

/// The lines that a journal has to have now: what is owed by or to each award and line, less what stands in approved journals.
#[must_use]
pub fn proposed(awards: &[AwardBooks], approved: &Approved) -> Vec<JournalLine> {
    let mut open = approved.clone();
    let mut lines = Vec::new();
    for award in awards {
        let debt = if award.is_over { JournalKind::Debtor } else { JournalKind::Prepayment };
        for one in award.settled() {
            for (kind, amount) in [(JournalKind::Accrual, one.owed), (debt, one.unspent)] {
                let told = open.remove(&(award.id, one.budget_line_id, kind)).unwrap_or_default();
                lines.push(JournalLine {
                    award_id: award.id,
                    budget_line_id: one.budget_line_id,
                    kind,
                    basis: award.basis(),
                    amount: amount - told,
                });
            }
        }
    }
    // What was approved and is not owed at all any more.
    let gone = open.into_iter().map(|((award_id, budget_line_id, kind), told)| JournalLine {
        award_id,
        budget_line_id,
        kind,
        basis: SpendBasis::Accepted,
        amount: -told,
    });
    lines.extend(gone);
    lines.retain(|line| !line.amount.is_zero());
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn award(spent: i64, lines: &[(i64, i64)]) -> AwardBooks {
        let lines = lines
            .iter()
            .map(|(committed, paid)| (Id::new(), OfLine { committed: Pence(*committed), paid: Pence(*paid), released: Pence::ZERO }))
            .collect();
        AwardBooks {
            id: Id::new(),
            reference: "A".to_owned(),
            is_over: false,
            accepted: Pence(spent),
            is_covered: true,
            estimate: None,
            lines,
        }
    }

    #[test]
    fn an_estimate_counts_until_the_last_return_is_accepted() {
        let mut one = award(60, &[(100, 40)]);
        (one.is_covered, one.estimate) = (false, Some(Pence(90)));
        assert_eq!((one.spent(), one.basis()), (Pence(90), SpendBasis::Estimate));
        assert_eq!(proposed(std::slice::from_ref(&one), &Approved::new())[0].amount, Pence(50));
        one.is_covered = true;
        assert_eq!((one.spent(), one.basis()), (Pence(60), SpendBasis::Accepted));
        (one.is_covered, one.estimate) = (false, None);
        assert_eq!(one.basis(), SpendBasis::AcceptedInPart);
    }

    #[test]
    fn only_what_no_approved_journal_has_is_proposed() {
        let mut one = award(60, &[(100, 40)]);
        let line = *one.lines.keys().next().unwrap();
        let approved = Approved::from([((one.id, line, JournalKind::Accrual), Pence(20))]);
        assert_eq!(proposed(std::slice::from_ref(&one), &approved), []);
        one.accepted = Pence(30);
        let lines = proposed(std::slice::from_ref(&one), &approved);
        let told: Vec<_> = lines.iter().map(|line| (line.kind, line.amount.0)).collect();
        assert_eq!(told, [(JournalKind::Accrual, -20), (JournalKind::Prepayment, 10)]);
        one.is_over = true;
        assert_eq!(proposed(&[one], &Approved::new())[0].kind, JournalKind::Debtor);
    }

    proptest! {
        /// Whatever was committed, paid and spent: the lines together owe just the difference, none more than it has.
        #[test]
        fn lines_owe_together_what_the_award_owes(
            spent in 0_i64..2_000_000, lines in prop::collection::vec((0_i64..500_000, 0_i64..500_000), 1..6),
        ) {
            let one = award(spent, &lines);
            let settled = one.settled();
            let all = one.paid() + one.committed();
            let sum = |of: fn(&Settled) -> Pence| settled.iter().map(of).sum::<Pence>();
            prop_assert_eq!(sum(|one| one.spent), Pence(spent).min(all));
            prop_assert_eq!(sum(|one| one.owed) - sum(|one| one.unspent), Pence(spent).min(all) - one.paid());
            let fits = |one: &Settled| one.owed <= one.of_line.committed && one.unspent <= one.of_line.paid;
            prop_assert!(settled.iter().all(fits));
        }
    }
}
