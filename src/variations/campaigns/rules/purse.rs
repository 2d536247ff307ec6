//! Money that many awards draw on together: what each takes is not there for the next.

use std::collections::HashMap;

use crate::kernel::{Id, Pence, Refusal};

/// What one award would take from one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The kind of account, in words: *The tranche*.
    pub title: &'static str,
    /// The record whose account it is.
    pub record_id: Id,
    /// The budget line whose money it is.
    pub line: Id,
    /// How much.
    pub amount: Pence,
    /// What the account holds, before anything of the campaign.
    pub held: Pence,
}

impl Draw {
    const fn key(&self) -> (&'static str, Id, Id) {
        (self.title, self.record_id, self.line)
    }
}

/// What the awards before have taken.
#[derive(Debug, Clone, Default)]
pub struct Purse {
    drawn: HashMap<(&'static str, Id, Id), Pence>,
}

impl Purse {
    /// What the awards before have taken of a budget line, from whichever account.
    #[must_use]
    pub fn of_line(&self, line: Id) -> Pence {
        self.drawn.iter().filter(|((_, _, of), _)| *of == line).map(|(_, pence)| *pence).sum()
    }

    /// Whether there is enough for all draws of an award beside what those before it have taken.
    ///
    /// # Errors
    /// [`crate::kernel::Code::InsufficientBalance`] of the first account that is short, with what the campaign takes of it before.
    pub fn check(&self, draws: &[Draw]) -> Result<(), Refusal> {
        for one in draws {
            let before = self.drawn.get(&one.key()).copied().unwrap_or_default();
            let left = one.held - before;
            if left >= one.amount {
                continue;
            }
            return match Refusal::insufficient(one.title, None, left, one.amount) {
                Refusal::Rule { code, detail, facts } if before.is_positive() => {
                    Err(Refusal::Rule { code, detail: format!("{detail} The awards before it in this campaign take {before}."), facts })
                }
                other => Err(other),
            };
        }
        Ok(())
    }

    /// Takes what was checked.
    pub fn take(&mut self, draws: &[Draw]) {
        for one in draws {
            let sum = self.drawn.entry(one.key()).or_default();
            *sum = *sum + one.amount;
        }
    }
}
