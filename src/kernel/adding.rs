//! How counted values become one: over time, areas and groups.

use std::cmp::Ordering;

use crate::kernel::Quantity;
use crate::kernel::quantity::share;

words! {
    /// How values are put together.
    pub enum Adding {
        /// They are added.
        Sum = "sum",
        /// The latest counts.
        Latest = "latest",
        /// The highest counts.
        Maximum = "maximum",
        /// Their mean counts, rounded to three decimals; of percentages, numerators and denominators are added.
        Average = "average",
        /// They are not put together.
        None = "none",
    }
}

/// A value: a number, or the part and the whole of a percentage. One that is printed without its whole is the percentage itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The number, or the numerator.
    pub value: Quantity,
    /// The denominator.
    pub whole: Option<Quantity>,
}

/// A whole of a percentage that is given as such.
const HUNDRED: Quantity = Quantity(100_000);

impl Amount {
    /// A number, or a percentage that does not say what it is of.
    #[must_use]
    pub const fn plain(value: Quantity) -> Self {
        Self { value, whole: None }
    }

    /// What it comes to: the number, or the percentage to three decimals.
    #[must_use]
    pub fn shown(self) -> Option<Quantity> {
        self.whole.map_or(Some(self.value), |whole| share(self.value.0, whole.0))
    }

    /// With a difference added: of a percentage to both of what it is made of.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        let whole = match (self.whole, more.whole) {
            (Some(whole), Some(more)) => Some(Quantity(whole.0.saturating_add(more.0))),
            (Some(whole), None) | (None, Some(whole)) => Some(whole),
            (None, None) => None,
        };
        Self { value: Quantity(self.value.0.saturating_add(more.value.0)), whole }
    }

    /// Its order beside others. A number beside a percentage is one of a hundred.
    fn order(&self, other: &Self) -> Ordering {
        if self.whole.is_none() && other.whole.is_none() {
            return self.value.cmp(&other.value);
        }
        let crossed = |one: &Self, two: &Self| i128::from(one.value.0) * i128::from(two.whole.unwrap_or(HUNDRED).0);
        crossed(self, other).cmp(&crossed(other, self))
    }
}

/// What the values of groups come to; nothing where they never become one.
#[must_use]
pub fn of_groups(values: &[Amount], how: Adding) -> Option<Amount> {
    match how {
        Adding::None | Adding::Latest => None,
        how => put_together(values, how),
    }
}

/// Values in the order of time, as one; none of none. A single value is itself, whatever the way of adding. Percentages are put together from what they
/// are made of; none where some say what they are of and some do not.
#[must_use]
pub fn put_together(values: &[Amount], how: Adding) -> Option<Amount> {
    match values {
        [] => return None,
        [only] => return Some(*only),
        _ => {}
    }
    let sum = || added(values.iter().map(|amount| amount.value));
    let wholes: Vec<Quantity> = values.iter().filter_map(|amount| amount.whole).collect();
    let is_plain = wholes.is_empty();
    match how {
        Adding::Latest => values.last().copied(),
        Adding::Maximum => values.iter().copied().max_by(Amount::order),
        Adding::None => None,
        Adding::Sum | Adding::Average if wholes.len() == values.len() && !is_plain => {
            Some(Amount { value: quantity(sum())?, whole: Some(quantity(added(wholes.into_iter()))?) })
        }
        Adding::Sum if is_plain => quantity(sum()).map(Amount::plain),
        Adding::Average if is_plain => {
            let number = i128::try_from(values.len()).ok().filter(|number| *number > 0)?;
            quantity((sum() * 2 + number).div_euclid(number * 2)).map(Amount::plain)
        }
        Adding::Sum | Adding::Average => None,
    }
}

/// What numbers come to, in thousandths.
pub fn added(all: impl Iterator<Item = Quantity>) -> i128 {
    all.map(|one| i128::from(one.0)).sum()
}

/// A number of thousandths, where it is in range.
#[must_use]
pub fn quantity(thousandths: i128) -> Option<Quantity> {
    i64::try_from(thousandths).ok().map(Quantity)
}
