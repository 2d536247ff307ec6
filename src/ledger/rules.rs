//! Accounts and what may move between them.

use std::ops::{Add, Sub};

use chrono::NaiveDate;

use crate::kernel::{Code, Id, Pence, Refusal};

words! {
    /// What an account holds money for.
    pub enum AccountKind {
        /// Outside the office: who gave the money. The only kind that may be below zero: what it gave is what it is short of.
        Source = "source",
        /// Budgeted in a fund period and not yet set aside.
        FundPeriod = "fund_period",
        /// Set aside for a purpose.
        Earmark = "earmark",
        /// Set aside for a funding round.
        Tranche = "tranche",
        /// Offered to a provider and not yet accepted.
        Offered = "offered",
        /// Promised to a provider and not yet paid.
        Committed = "committed",
        /// Paid to a provider.
        Paid = "paid",
    }
}

words! {
    /// What kind of record has money: all that accounts are kept for but sources.
    pub enum Holder {
        /// A fund period.
        FundPeriod = "fund_period",
        /// An earmark.
        Earmark = "earmark",
        /// A tranche.
        Tranche = "tranche",
        /// An award.
        Award = "award",
    }
}

/// An account: what for, which record, and the budget line whose money it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// What it holds money for.
    pub kind: AccountKind,
    /// The source, fund period, earmark, tranche or award.
    pub record_id: Id,
    /// The budget line whose money it is.
    pub budget_line_id: Id,
}

/// One movement of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// Where the money leaves.
    pub from: Account,
    /// Where it arrives.
    pub to: Account,
    /// How much; more than nothing.
    pub amount: Pence,
    /// The business date.
    pub effective_on: NaiveDate,
}

impl AccountKind {
    /// Whether the balance may be below zero.
    #[must_use]
    pub const fn may_be_overdrawn(self) -> bool {
        matches!(self, Self::Source)
    }

    /// What kind of record its money is tallied for; nothing is tallied for a source.
    #[must_use]
    pub const fn holder(self) -> Option<Holder> {
        match self {
            Self::Source => None,
            Self::FundPeriod => Some(Holder::FundPeriod),
            Self::Earmark => Some(Holder::Earmark),
            Self::Tranche => Some(Holder::Tranche),
            Self::Offered | Self::Committed | Self::Paid => Some(Holder::Award),
        }
    }

    /// The account in words, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Source => "The source",
            Self::FundPeriod => "The fund period",
            Self::Earmark => "The earmark",
            Self::Tranche => "The tranche",
            Self::Offered => "What is offered",
            Self::Committed => "What is committed",
            Self::Paid => "What is paid",
        }
    }
}

impl Movement {
    /// What it changes, by record and budget line: one change where it stays with its award, otherwise one for each side but a source's.
    #[must_use]
    pub fn tallies(&self) -> Vec<(Account, Holder, Tally)> {
        let Self { from, to, amount, .. } = *self;
        let left = from.kind.holder().map(|holder| (from, holder, Tally::of_left(from.kind, to.kind, amount, 1)));
        let reached = to.kind.holder().map(|holder| (to, holder, Tally::of_reached(from.kind, to.kind, amount, 1)));
        match (left, reached) {
            (Some((_, _, left)), Some((_, holder, reached)))
                if from.record_id == to.record_id && from.budget_line_id == to.budget_line_id =>
            {
                vec![(to, holder, left + reached)]
            }
            sides => [sides.0, sides.1].into_iter().flatten().collect(),
        }
    }

    /// Whether money may move this way at all.
    ///
    /// # Errors
    /// A fault of ours where an act asks for a movement that the design does not know.
    pub fn check(&self) -> Result<(), Refusal> {
        use AccountKind::{Committed, Earmark, FundPeriod, Offered, Paid, Source, Tranche};
        let known = matches!(
            (self.from.kind, self.to.kind),
            (Source, FundPeriod)
                | (FundPeriod, Source | FundPeriod | Earmark | Tranche | Offered | Committed)
                | (Earmark, FundPeriod | Tranche | Offered | Committed | Source)
                | (Tranche, FundPeriod | Offered | Committed | Source)
                | (Offered, FundPeriod | Earmark | Tranche | Committed)
                | (Committed, FundPeriod | Earmark | Tranche | Paid | Committed)
                | (Paid, FundPeriod | Committed | Source)
        );
        let same_line = self.from.budget_line_id == self.to.budget_line_id || (self.from.kind, self.to.kind) == (FundPeriod, FundPeriod);
        match (known && same_line && self.from != self.to, self.amount.is_positive()) {
            (true, true) => Ok(()),
            (true, false) => Err(Refusal::broken("a movement of nothing")),
            (false, _) => Err(Refusal::broken(format!("no movement from {} to {}", self.from.kind, self.to.kind))),
        }
    }
}

/// What a record has had of one budget line: sums of its movements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Set aside and not offered; of an award, offered and not accepted.
    pub held: Pence,
    /// Committed, paid included.
    pub committed: Pence,
    /// Paid, less what the bank sent back.
    pub paid: Pence,
    /// Come back from the provider after payment.
    pub recovered: Pence,
    /// Let go before payment.
    pub released: Pence,
    /// How many sides of movements these are the sums of: none where the record never had to do with the line.
    pub sides: i64,
}

impl Tally {
    /// What of the commitment is paid: paid, less what came back.
    #[must_use]
    pub fn net_paid(&self) -> Pence {
        self.paid - self.recovered
    }

    /// What `count` movements of `amount` together change for the record that they leave.
    #[must_use]
    pub fn of_left(from: AccountKind, to: AccountKind, amount: Pence, count: i64) -> Self {
        use AccountKind::{Committed, Earmark, FundPeriod, Offered, Paid, Tranche};
        let own = Self::of_account(from, -amount, count);
        match (from, to) {
            // What the bank sends back was never with the provider: it counts as not paid, and as paid once it is paid again.
            (Paid, Committed) => Self { paid: -amount, ..own },
            (Paid, _) => Self { recovered: amount, ..own },
            (Offered | Committed, FundPeriod | Earmark | Tranche) => Self { released: amount, ..own },
            _ => own,
        }
    }

    /// What they change for the record that they reach.
    #[must_use]
    pub fn of_reached(from: AccountKind, to: AccountKind, amount: Pence, count: i64) -> Self {
        let own = Self::of_account(to, amount, count);
        let is_payment = (from, to) == (AccountKind::Committed, AccountKind::Paid);
        if is_payment { Self { paid: amount, ..own } } else { own }
    }

    fn of_account(kind: AccountKind, change: Pence, sides: i64) -> Self {
        match kind {
            AccountKind::Committed | AccountKind::Paid => Self { committed: change, sides, ..Self::default() },
            _ => Self { held: change, sides, ..Self::default() },
        }
    }
}

impl Add for Tally {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            held: self.held + other.held,
            committed: self.committed + other.committed,
            paid: self.paid + other.paid,
            recovered: self.recovered + other.recovered,
            released: self.released + other.released,
            sides: self.sides + other.sides,
        }
    }
}

impl Sub for Tally {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            held: self.held - other.held,
            committed: self.committed - other.committed,
            paid: self.paid - other.paid,
            recovered: self.recovered - other.recovered,
            released: self.released - other.released,
            sides: self.sides - other.sides,
        }
    }
}

/// What takes effect on an account on one day: what arrives less what leaves.
pub type DayNet = (NaiveDate, Pence);

/// The balance after taking `amount` out of `account` on the day `on`. The account holds `balance` once all is done that is recorded,
/// and `later` is what takes effect on it after that day, by day: money is there only from the day on which it arrives, and what is
/// promised for a later day is spoken for.
///
/// # Errors
/// [`Code::InsufficientBalance`] with account, balance, day and shortfall, for any kind but a source; [`Code::RuleBroken`] where
/// the sum leaves the range of amounts.
pub fn take(account: AccountKind, balance: Pence, later: &[DayNet], amount: Pence, on: NaiveDate) -> Result<Pence, Refusal> {
    let left = balance.checked_add(-amount).ok_or_else(out_of_range)?;
    if account.may_be_overdrawn() {
        return Ok(left);
    }
    let (least_on, least) = least_from(balance, later, on);
    if balance < amount {
        Err(Refusal::insufficient(account.title(), None, balance, amount))
    } else if least < amount {
        Err(Refusal::insufficient(account.title(), Some(least_on), least, amount))
    } else {
        Ok(left)
    }
}

/// The least that an account holds on any day from `on`, and the first day on which it holds no more than that.
#[must_use]
pub fn least_from(balance: Pence, later: &[DayNet], on: NaiveDate) -> (NaiveDate, Pence) {
    let mut held = balance - later.iter().map(|(_, net)| *net).sum();
    let mut least = (on, held);
    for (day, net) in later {
        held = held + *net;
        if held < least.1 {
            least = (*day, held);
        }
    }
    least
}

/// The balance after putting `amount` in.
///
/// # Errors
/// [`Code::RuleBroken`] where the sum leaves the range of amounts.
pub fn put(balance: Pence, amount: Pence) -> Result<Pence, Refusal> {
    balance.checked_add(amount).ok_or_else(out_of_range)
}

fn out_of_range() -> Refusal {
    Refusal::rule(Code::RuleBroken, "The sum is beyond what an account can hold.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(of_april: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2020, 4, of_april).unwrap()
    }

    #[test]
    fn one_penny_too_much_is_refused_with_the_shortfall() {
        let refused = take(AccountKind::Tranche, Pence(100_000), &[], Pence(100_001), day(1));
        let Err(Refusal::Rule { code, facts, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(code, Code::InsufficientBalance);
        assert_eq!(facts["balance_pence"], 100_000);
        assert_eq!(facts["shortfall_pence"], 1);
    }

    #[test]
    fn only_a_source_goes_below_zero() {
        assert_eq!(take(AccountKind::Source, Pence::ZERO, &[], Pence(5), day(1)), Ok(Pence(-5)));
        for kind in AccountKind::ALL.iter().filter(|kind| **kind != AccountKind::Source) {
            assert!(take(*kind, Pence::ZERO, &[], Pence(1), day(1)).is_err(), "{kind}");
        }
    }

    #[test]
    fn money_leaves_no_earlier_than_it_came_and_what_is_spoken_for_stays() {
        // 60 from the start; 50 arrive on the 10th, and 30 leave on the 20th: 60, 110, 80.
        let later = [(day(10), Pence(50)), (day(20), Pence(-30))];
        let taken = |amount| take(AccountKind::Tranche, Pence(80), &later, Pence(amount), day(5));
        assert_eq!(taken(60), Ok(Pence(20)));
        let refused = taken(61);
        let Err(Refusal::Rule { facts, detail, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!((&facts["balance_pence"], &facts["shortfall_pence"], &facts["on"]), (&60.into(), &1.into(), &"2020-04-05".into()));
        assert!(detail.contains("2020-04-05"), "{detail}");
        // 100, of which 80 leave on the 8th: no more than 20 may leave before.
        let spoken_for = [(day(8), Pence(-80)), (day(9), Pence(70))];
        assert_eq!(take(AccountKind::Earmark, Pence(90), &spoken_for, Pence(20), day(1)), Ok(Pence(70)));
        let refused = take(AccountKind::Earmark, Pence(90), &spoken_for, Pence(21), day(1));
        let Err(Refusal::Rule { facts, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!((&facts["balance_pence"], &facts["on"]), (&20.into(), &"2020-04-08".into()));
    }

    #[test]
    fn money_keeps_its_line() {
        let account = |kind, budget_line_id| Account { kind, record_id: Id::new(), budget_line_id };
        let (line, other) = (Id::new(), Id::new());
        let movement = |from, to| Movement { from, to, amount: Pence(1), effective_on: NaiveDate::MIN };
        assert!(movement(account(AccountKind::Tranche, line), account(AccountKind::Offered, line)).check().is_ok());
        assert!(movement(account(AccountKind::Tranche, line), account(AccountKind::Offered, other)).check().is_err());
        assert!(movement(account(AccountKind::Source, line), account(AccountKind::Paid, line)).check().is_err());
    }
}
