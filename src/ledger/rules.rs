//! Accounts and what may move between them.

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

/// The balance after taking `amount` out of `account`, which holds `balance`.
///
/// # Errors
/// [`Code::InsufficientBalance`] with account, balance and shortfall, for any kind but a source; [`Code::RuleBroken`] where
/// the sum leaves the range of amounts.
pub fn take(account: AccountKind, balance: Pence, amount: Pence) -> Result<Pence, Refusal> {
    if balance < amount && !account.may_be_overdrawn() {
        return Err(Refusal::insufficient(account.title(), balance, amount));
    }
    balance.checked_add(-amount).ok_or_else(out_of_range)
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

    #[test]
    fn one_penny_too_much_is_refused_with_the_shortfall() {
        let refused = take(AccountKind::Tranche, Pence(100_000), Pence(100_001));
        let Err(Refusal::Rule { code, facts, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(code, Code::InsufficientBalance);
        assert_eq!(facts["balance_pence"], 100_000);
        assert_eq!(facts["shortfall_pence"], 1);
    }

    #[test]
    fn only_a_source_goes_below_zero() {
        assert_eq!(take(AccountKind::Source, Pence::ZERO, Pence(5)), Ok(Pence(-5)));
        for kind in AccountKind::ALL.iter().filter(|kind| **kind != AccountKind::Source) {
            assert!(take(*kind, Pence::ZERO, Pence(1)).is_err(), "{kind}");
        }
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
