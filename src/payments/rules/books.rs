//! The money of one award as payments see it: what each budget line has committed, and what of that is reserved.

use std::collections::{BTreeMap, HashMap};

use crate::kernel::{Code, Id, Pence, Refusal};

/// What is committed and what is reserved, by budget line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    /// Committed and not paid.
    pub committed: BTreeMap<Id, Pence>,
    /// Authorised or exported, and not paid.
    pub reserved: BTreeMap<Id, Pence>,
}

impl Books {
    /// What each line can still pay, in the order of the lines.
    #[must_use]
    pub fn free(&self) -> Vec<(Id, Pence)> {
        let of = |line: &Id| self.reserved.get(line).copied().unwrap_or_default();
        self.committed.iter().map(|(line, held)| (*line, *held - of(line))).filter(|(_, free)| free.is_positive()).collect()
    }

    /// All that can still be paid.
    #[must_use]
    pub fn free_pence(&self) -> Pence {
        self.free().into_iter().map(|(_, free)| free).sum()
    }

    /// All that is reserved.
    #[must_use]
    pub fn reserved_pence(&self) -> Pence {
        self.reserved.values().copied().sum()
    }

    /// The lines of which more is reserved than they have committed.
    #[must_use]
    pub fn short(&self) -> Vec<Id> {
        let held = |line: &Id| self.committed.get(line).copied().unwrap_or_default();
        self.reserved.iter().filter(|(line, reserved)| **reserved > held(line)).map(|(line, _)| *line).collect()
    }
}

/// What each budget line pays of an amount: in proportion to what it can still pay, to the penny, so that no line is ever asked for more than it has
/// and the last payment takes what is left. Lines that pay nothing are left out.
///
/// # Errors
/// [`Code::InsufficientBalance`] where all lines together have less.
pub fn parts(amount: Pence, books: &Books) -> Result<Vec<(Id, Pence)>, Refusal> {
    let free = books.free();
    let whole = books.free_pence();
    if whole < amount {
        return Err(Refusal::insufficient("What is committed and not reserved for another payment", None, whole, amount));
    }
    let weights: Vec<Pence> = free.iter().map(|(_, free)| *free).collect();
    let cut = free.iter().map(|(line, _)| *line).zip(amount.split(&weights));
    Ok(cut.filter(|(_, part)| part.is_positive()).collect())
}

/// What each budget line has of payments or of what came back, by its record and the number that the parts stand under.
pub type Parts = HashMap<(Id, i32), Vec<(Id, Pence)>>;

/// Parts by what they are of, in their order.
#[must_use]
pub fn by_record(rows: impl IntoIterator<Item = (Id, i32, Id, Pence)>) -> Parts {
    let mut all = Parts::new();
    for (record, number, line, amount) in rows {
        all.entry((record, number)).or_default().push((line, amount));
    }
    all
}

/// Amounts added up by budget line.
#[must_use]
pub fn by_line(rows: impl IntoIterator<Item = (Id, Pence)>) -> BTreeMap<Id, Pence> {
    let mut all: BTreeMap<Id, Pence> = BTreeMap::new();
    for (line, amount) in rows {
        let sum = all.entry(line).or_default();
        *sum = *sum + amount;
    }
    all
}

/// Refuses what would leave a line with less committed than is reserved.
///
/// # Errors
/// [`Code::RuleBroken`] with what is reserved.
pub fn within(books: &Books) -> Result<(), Refusal> {
    if books.short().is_empty() { Ok(()) } else { Err(on_its_way(books.reserved_pence())) }
}

/// Refuses to keep less of an award than is reserved of it.
///
/// # Errors
/// [`Code::RuleBroken`] with what is reserved.
pub fn check_kept(kept: Pence, reserved: Pence) -> Result<(), Refusal> {
    if reserved <= kept { Ok(()) } else { Err(on_its_way(reserved)) }
}

fn on_its_way(reserved: Pence) -> Refusal {
    let detail = format!(
        "{reserved} of this award is on its way or owed: authorised, with the finance system, invoiced, proven, held by somebody, or not paid yet since it failed or came back. Cancel those payments first, or wait until they are paid."
    );
    Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "reserved_pence": reserved }))
}
