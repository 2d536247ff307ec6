//! What an award is owed, or owes, at the end of a year. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Pence};
use crate::payments::holding::rules::OwedReturn;

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
        /// Every return that was owed is accepted, or returns do not tell what was spent: what was paid counts then.
        Accepted = "accepted",
        /// The estimate counts until the last return is accepted.
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
    /// What returns tell of the year.
    pub told: SpendTold,
    /// What is expected to have been spent, where somebody said.
    pub estimate: Option<Pence>,
    /// What was asked back and written off by the cut-off: nobody owes it any more.
    pub written_off: Pence,
    /// By budget line, in the order in which the lines were made.
    pub lines: BTreeMap<Id, OfLine>,
}

/// What the returns of an award tell of what was spent by the end of a year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SpendTold {
    /// Returns are owed that are not accepted.
    #[default]
    InPart,
    /// All that was owed is accepted.
    All,
    /// None is owed, or they say nothing of money, as those of a contract that is paid on invoices.
    Nothing,
}

/// What the returns of an award tell of a year that ends for it on `last`, the earliest of the last day of the fund period, the agreed and the actual end. A
/// return that goes on after the end of the period, which is `ends_on`, tells of it only in part. `reports_spend` where an accepted one says what was spent;
/// `is_invoiced` of a contract, of which what was delivered is invoiced and paid, so that only a return that says something else counts in place of that.
#[must_use]
pub fn told(owed: &[OwedReturn], (last, ends_on): (NaiveDate, NaiveDate), reports_spend: bool, is_invoiced: bool) -> SpendTold {
    if owed.is_empty() || (is_invoiced && !reports_spend) {
        return SpendTold::Nothing;
    }
    let of_year: Vec<&OwedReturn> = owed.iter().filter(|one| one.starts_on <= last).collect();
    if !of_year.iter().all(|one| one.is_accepted && one.ends_on <= ends_on) {
        return SpendTold::InPart;
    }
    // What begins after the year has spent nothing in it.
    if reports_spend || of_year.is_empty() { SpendTold::All } else { SpendTold::Nothing }
}

/// Whether an award is over at the end of a year, so that what it did not spend is owed back and not paid in advance: its last day as agreed lies in the
/// fund period, which ends on `ends_on`, or it ended by the cut-off. What happens to it later changes nothing of the year.
#[must_use]
pub fn is_over(agreed_to: Option<NaiveDate>, ended_on: Option<NaiveDate>, (ends_on, cut_off_on): (NaiveDate, NaiveDate)) -> bool {
    agreed_to.is_some_and(|day| day <= ends_on) || ended_on.is_some_and(|day| day <= cut_off_on)
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
    /// Paid and not spent, as far as it is not written off.
    pub unspent: Pence,
}

impl AwardBooks {
    /// How what was spent is known.
    #[must_use]
    pub const fn basis(&self) -> SpendBasis {
        match (self.told, self.estimate) {
            (SpendTold::All, _) | (SpendTold::Nothing, None) => SpendBasis::Accepted,
            (SpendTold::InPart | SpendTold::Nothing, Some(_)) => SpendBasis::Estimate,
            (SpendTold::InPart, None) => SpendBasis::AcceptedInPart,
        }
    }

    /// Whether somebody has yet to say what will have been spent.
    #[must_use]
    pub fn is_estimate_missing(&self) -> bool {
        // Without money left nothing can be owed either way.
        self.basis() == SpendBasis::AcceptedInPart && (self.paid() + self.committed()).is_positive()
    }

    /// What was spent: as accepted or, while returns are missing, as estimated where that is more. Where returns tell nothing and nobody estimates, what was
    /// paid.
    #[must_use]
    pub fn spent(&self) -> Pence {
        match (self.told, self.estimate) {
            (SpendTold::All, _) => self.accepted,
            (SpendTold::Nothing, None) => self.paid(),
            (SpendTold::InPart | SpendTold::Nothing, estimate) => estimate.unwrap_or_default().max(self.accepted),
        }
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
        let left = (-difference).max(Pence::ZERO);
        let kept = left.split(&weights(|line| line.paid));
        let gone = self.written_off.min(left).split(&kept);
        let each = self.lines.iter().zip(owed).zip(kept).zip(gone);
        each.map(|((((line, of_line), owed), kept), gone)| Settled {
            budget_line_id: *line,
            of_line: *of_line,
            spent: of_line.paid + owed - kept,
            owed,
            unspent: kept - gone,
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
            told: SpendTold::All,
            estimate: None,
            written_off: Pence::ZERO,
            lines,
        }
    }

    fn owed(days: (&str, &str), is_accepted: bool) -> OwedReturn {
        let day = |text: &str| text.parse().unwrap();
        OwedReturn { period: String::new(), starts_on: day(days.0), ends_on: day(days.1), is_accepted, spent: Pence::ZERO }
    }

    #[test]
    fn an_award_is_covered_once_every_return_that_it_owed_is_accepted() {
        let day = |text: &str| text.parse().unwrap();
        let year_end = day("2021-03-31");
        let whole = (year_end, year_end);
        let q3 = |is_accepted| owed(("2020-10-01", "2020-12-31"), is_accepted);
        let q4 = |is_accepted| owed(("2021-01-01", "2021-03-31"), is_accepted);
        assert_eq!(told(&[q3(true), q4(true)], whole, true, false), SpendTold::All);
        assert_eq!(told(&[q3(false), q4(true)], whole, true, false), SpendTold::InPart, "the third quarter is queried");
        assert_eq!(told(&[q3(true), q4(false)], whole, true, false), SpendTold::InPart);
        let ended = (day("2020-12-31"), year_end);
        assert_eq!(told(&[q3(true)], ended, true, false), SpendTold::All, "it was over before its time");
        assert_eq!(
            told(&[q3(true), owed(("2021-04-01", "2021-06-30"), false)], whole, true, false),
            SpendTold::All,
            "that is of the next year"
        );
        assert_eq!(
            told(&[owed(("2021-01-01", "2021-06-30"), true)], whole, true, false),
            SpendTold::InPart,
            "what of it is of this year is not known"
        );
        assert_eq!(told(&[], whole, false, false), SpendTold::Nothing);
        assert_eq!(told(&[q3(true), q4(false)], whole, false, true), SpendTold::Nothing, "a contract on invoices");
        assert_eq!(told(&[q3(true), q4(true)], whole, false, false), SpendTold::Nothing, "they say nothing of money");
        assert_eq!(told(&[q3(true), q4(false)], whole, false, false), SpendTold::InPart);
        let next = owed(("2021-04-01", "2021-06-30"), false);
        assert_eq!(told(&[next], whole, false, false), SpendTold::All, "what was paid before it began is not spent");
    }

    #[test]
    fn an_award_is_over_by_its_last_day_or_by_an_act_before_the_cut_off() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let year = (day("2021-03-31"), day("2021-04-20"));
        let over = |agreed: &str, ended: Option<&str>| is_over(Some(day(agreed)), ended.map(day), year);
        assert!(over("2021-03-31", None), "nobody has said that it ended");
        assert!(!over("2021-04-01", None));
        assert!(over("2021-09-30", Some("2021-04-20")));
        assert!(!over("2021-09-30", Some("2021-04-21")), "it ended after what counts for the year");
        assert!(!is_over(None, None, year));
    }

    #[test]
    fn what_no_return_tells_of_was_spent_as_it_was_paid() {
        let mut one = award(0, &[(100, 40)]);
        one.told = SpendTold::Nothing;
        assert_eq!((one.spent(), one.basis()), (Pence(40), SpendBasis::Accepted));
        assert_eq!(proposed(std::slice::from_ref(&one), &Approved::new()), []);
        one.estimate = Some(Pence(60));
        assert_eq!((one.spent(), one.basis()), (Pence(60), SpendBasis::Estimate));
    }

    #[test]
    fn what_is_written_off_is_no_debt() {
        let mut one = award(60, &[(0, 60), (0, 40)]);
        (one.is_over, one.written_off) = (true, Pence(15));
        let amounts = |one: &AwardBooks| one.settled().iter().map(|line| (line.spent.0, line.unspent.0)).collect::<Vec<_>>();
        assert_eq!(amounts(&one), [(36, 15), (24, 10)]);
        assert_eq!(proposed(std::slice::from_ref(&one), &Approved::new()).iter().map(|line| line.amount.0).sum::<i64>(), 25);
        one.written_off = Pence(70);
        assert_eq!(amounts(&one), [(36, 0), (24, 0)], "no more than is unspent");
    }

    #[test]
    fn an_estimate_counts_until_the_last_return_is_accepted() {
        let mut one = award(60, &[(100, 40)]);
        (one.told, one.estimate) = (SpendTold::InPart, Some(Pence(90)));
        assert_eq!((one.spent(), one.basis()), (Pence(90), SpendBasis::Estimate));
        assert_eq!(proposed(std::slice::from_ref(&one), &Approved::new())[0].amount, Pence(50));
        one.told = SpendTold::All;
        assert_eq!((one.spent(), one.basis()), (Pence(60), SpendBasis::Accepted));
        (one.told, one.estimate) = (SpendTold::InPart, None);
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
