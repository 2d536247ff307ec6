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
        let cleaned: String = text.chars().filter(|c| !matches!(c, '£' | ',' | ' ' | '\u{a0}')).collect();
        let (negative, digits) = match cleaned.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, cleaned.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > 2 {
            return Err(wrong());
        }
        let pounds: i64 = whole.parse().map_err(|_| wrong())?;
        let pence: i64 = format!("{fraction:0<2}").parse().map_err(|_| wrong())?;
        let total = pounds.checked_mul(100).and_then(|p| p.checked_add(pence)).ok_or_else(wrong)?;
        Ok(Self(if negative { -total } else { total }))
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
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .maximum(Some(Self::MAX.0))
            .description(Some("An amount in pence."))
            .into()
    }
}
