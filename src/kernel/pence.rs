//! Money: integer pence, never floating point.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};

use crate::kernel::digits::ungrouped;

/// An amount in pence. Inputs are within [`Pence::MAX`]; sums use checked arithmetic where they could leave `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
#[serde(transparent)]
pub struct Pence(pub i64);

impl Pence {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The largest amount a request may carry: £10 billion, far above any budget of a policing body and far below `i64::MAX`.
    pub const MAX: Self = Self(1_000_000_000_000);

    /// Whether there is anything at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the amount is above nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The sum, or `None` beyond `i64`.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Pounds with two decimals and no separators, as CSV files carry them: `738810.82`.
    #[must_use]
    pub fn pounds(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = self.0.unsigned_abs() / 100;
        let pence = self.0.unsigned_abs() % 100;
        format!("{sign}{whole}.{pence:02}")
    }

    /// Reads what a spreadsheet writes: `£1,234.50`, `1234.5`, `1234`, `-12.00`.
    ///
    /// # Errors
    /// A plain sentence where the text is not an amount of pounds with at most two decimals.
    pub fn from_pounds(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an amount of pounds such as 1234.50");
        let amount = text.trim();
        let (negative, amount) = amount.strip_prefix('-').map_or((false, amount), |rest| (true, rest));
        let amount = amount.strip_prefix('£').unwrap_or(amount).trim_start();
        let (negative, amount) = amount.strip_prefix('-').filter(|_| !negative).map_or((negative, amount), |rest| (true, rest));
        let digits = ungrouped(amount).ok_or_else(wrong)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let plain = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > 2 {
            return Err(wrong());
        }
        let pounds: i64 = whole.parse().map_err(|_| wrong())?;
        let pence: i64 = format!("{fraction:0<2}").parse().map_err(|_| wrong())?;
        let total = pounds.checked_mul(100).and_then(|p| p.checked_add(pence)).ok_or_else(wrong)?;
        Ok(Self(if negative { -total } else { total }))
    }

    /// This amount beside a whole that changes from `before` to `after`, in proportion, to the nearest penny; as it is beside a whole of
    /// nothing.
    #[must_use]
    pub fn in_proportion(self, before: Self, after: Self) -> Self {
        if !before.is_positive() {
            return self;
        }
        let (whole, asked) = (i128::from(before.0), i128::from(after.0));
        let rounded = (i128::from(self.0) * asked * 2 + whole).div_euclid(whole * 2);
        i64::try_from(rounded).map_or(self, Self)
    }

    /// Splits this amount in proportion to `weights`, to the penny: the parts always add up to the whole (largest remainder;
    /// equal remainders go to the earlier part). Weights that are all zero count as equal. No parts for no weights.
    #[must_use]
    pub fn split(self, weights: &[Self]) -> Vec<Self> {
        let given: i128 = weights.iter().map(|w| i128::from(w.0.max(0))).sum();
        let weight = |w: &Self| if given == 0 { 1 } else { i128::from(w.0.max(0)) };
        let total: i128 = weights.iter().map(weight).sum();
        if total == 0 {
            return Vec::new();
        }
        let amount = i128::from(self.0);
        let mut parts: Vec<(i128, i128)> =
            weights.iter().map(|w| ((amount * weight(w)).div_euclid(total), (amount * weight(w)).rem_euclid(total))).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(parts.get(at).map_or(0, |part| part.1)));
        let mut left = amount - parts.iter().map(|part| part.0).sum::<i128>();
        for at in order {
            if left == 0 {
                break;
            }
            if let Some(part) = parts.get_mut(at) {
                part.0 += 1;
                left -= 1;
            }
        }
        // Each part is at most the whole, which came from an i64.
        parts.into_iter().map(|part| Self(i64::try_from(part.0).unwrap_or(i64::MAX))).collect()
    }

    /// The same of an amount that may be below nothing: each bears of a correction what it would bear of so much more.
    #[must_use]
    pub fn shares(self, weights: &[Self]) -> Vec<Self> {
        let is_less = self.0 < 0;
        let parts = if is_less { -self } else { self }.split(weights);
        if is_less { parts.into_iter().map(|part| -part).collect() } else { parts }
    }
}

impl fmt::Display for Pence {
    /// `£738,810.82`, as people read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits = (self.0.unsigned_abs() / 100).to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}£{grouped}.{:02}", self.0.unsigned_abs() % 100)
    }
}

impl Add for Pence {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Pence {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Pence {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Pence {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

impl utoipa::ToSchema for Pence {}

impl utoipa::PartialSchema for Pence {
    fn schema() -> RefOr<Schema> {
        amount_from(0, "An amount in pence.")
    }
}

/// Describes an amount of at least a penny, which a field of type [`Pence`] may have as its `value_type`: what an attribute says of a
/// type with a schema of its own is passed over.
#[derive(Debug)]
pub struct PositivePence;

impl utoipa::ToSchema for PositivePence {}

impl utoipa::PartialSchema for PositivePence {
    fn schema() -> RefOr<Schema> {
        amount_from(1, "An amount in pence, more than nothing.")
    }
}

fn amount_from(minimum: i64, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(minimum))
        .maximum(Some(Pence::MAX.0))
        .description(Some(description))
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pence(amounts: &[i64]) -> Vec<Pence> {
        amounts.iter().copied().map(Pence).collect()
    }

    #[test]
    fn what_is_left_goes_to_the_largest_remainders_and_then_to_the_earlier_parts() {
        assert_eq!(Pence(100).split(&pence(&[1, 1, 1])), pence(&[34, 33, 33]));
        assert_eq!(Pence(101).split(&pence(&[1, 1, 1])), pence(&[34, 34, 33]));
        assert_eq!(Pence(10).split(&pence(&[1, 2, 4])), pence(&[1, 3, 6]));
        assert_eq!(Pence(1).split(&pence(&[1, 2])), pence(&[0, 1]));
        assert_eq!(Pence(7).split(&pence(&[0, 0])), pence(&[4, 3]));
        assert_eq!(Pence(7).split(&pence(&[-5, 2])), pence(&[0, 7]));
        assert_eq!(Pence(-100).split(&pence(&[1, 1, 1])), pence(&[-33, -33, -34]));
        assert_eq!(Pence(7).split(&[]), []);
        assert_eq!(Pence(i64::MAX).split(&[Pence(i64::MAX); 2]), [Pence(i64::MAX / 2 + 1), Pence(i64::MAX / 2)]);
    }

    #[test]
    fn pounds_are_read_as_spreadsheets_write_them() {
        for (text, amount) in
            [("£1,234.50", 123_450), ("1234.5", 123_450), ("1234", 123_400), ("-12.00", -1_200), ("0.07", 7), ("-£80,000", -8_000_000)]
        {
            assert_eq!(Pence::from_pounds(text), Ok(Pence(amount)), "{text}");
        }
        for text in ["", "£", "1.234", "1e5", "12p", "--1", "1.2.3", "2000,50", "1,5", "12,34", "1 2", "-£-1", "99999999999999999999"] {
            assert!(Pence::from_pounds(text).is_err(), "{text}");
        }
    }

    proptest! {
        /// The parts are the whole; none is below nothing; each is less than a penny from its exact share.
        #[test]
        fn a_split_is_exact(amount in 0..=i64::MAX, weights in prop::collection::vec(0..=i64::MAX, 1..40)) {
            let parts = Pence(amount).split(&pence(&weights));
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().map(|part| i128::from(part.0)).sum::<i128>(), i128::from(amount));
            prop_assert!(parts.iter().all(|part| part.0 >= 0));
            let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            for (part, weight) in parts.iter().zip(&weights).filter(|_| total > 0) {
                let floor = i128::from(amount) * i128::from(*weight) / total;
                prop_assert!((floor..=floor + 1).contains(&i128::from(part.0)), "{part:?} of {floor}");
                prop_assert!(*weight > 0 || part.is_zero(), "whoever has no weight gets nothing");
            }
        }

        /// A larger weight never gets less, an equal one that comes earlier never less either, and the same question gets the same parts.
        #[test]
        fn a_split_keeps_the_order(amount in 0_i64..10_000, weights in prop::collection::vec(0_i64..20, 1..20)) {
            let parts = Pence(amount).split(&pence(&weights));
            prop_assert_eq!(&parts, &Pence(amount).split(&pence(&weights)));
            for (one, (weight, part)) in weights.iter().zip(&parts).enumerate() {
                for (other, (other_weight, other_part)) in weights.iter().zip(&parts).enumerate() {
                    let comes_first = weight > other_weight || (weight == other_weight && one < other);
                    prop_assert!(!comes_first || part >= other_part, "{weights:?} gave {parts:?}");
                }
            }
        }

        #[test]
        fn pounds_are_read_as_they_are_written(amount in any::<i64>()) {
            prop_assume!(amount != i64::MIN);
            prop_assert_eq!(Pence::from_pounds(&Pence(amount).pounds()), Ok(Pence(amount)));
            prop_assert_eq!(Pence::from_pounds(&Pence(amount).to_string()), Ok(Pence(amount)));
        }
    }
}
