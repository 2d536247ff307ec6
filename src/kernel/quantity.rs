//! Counts and percentages: exact to three decimals, never floating point.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::kernel::digits::ungrouped;

/// What was counted or measured, in thousandths: `2.3` is kept as 2,300. Money is [`crate::kernel::Pence`] instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Quantity(pub i64);

impl Quantity {
    /// Nothing: reported as nought, which is not the same as not reported.
    pub const ZERO: Self = Self(0);
    /// The largest quantity, a thousand million; the smallest is its opposite.
    pub const MAX: Self = Self(1_000_000_000_000);

    /// A whole number.
    #[must_use]
    pub fn whole(number: i32) -> Self {
        Self(i64::from(number) * 1_000)
    }

    /// Whether it is a whole number.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0 % 1_000 == 0
    }

    /// The sum, or `None` beyond `i64`.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }
}

/// `part` of `whole` in percent, to three decimals, rounded half up. `None` of nothing.
#[must_use]
pub fn share(part: i64, whole: i64) -> Option<Quantity> {
    if whole <= 0 {
        return None;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    let thousandths = (part * 200_000 + whole).div_euclid(whole * 2);
    i64::try_from(thousandths).ok().map(Quantity)
}

impl fmt::Display for Quantity {
    /// `1161`, `2.3`: no separators and no trailing noughts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1_000, self.0.unsigned_abs() % 1_000);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        write!(f, "{sign}{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
    }
}

impl FromStr for Quantity {
    type Err = String;
    /// Reads what people and spreadsheets write: `1161`, `1,161`, `2.3`, `-4`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a number with at most three decimals");
        let (sign, digits) = text.trim().strip_prefix('-').map_or((1, text.trim()), |rest| (-1, rest));
        let digits = ungrouped(digits).ok_or_else(wrong)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fraction = fraction.trim_end_matches('0');
        if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > 3 {
            return Err(wrong());
        }
        let whole: i64 = whole.parse().map_err(|_| wrong())?;
        let thousandths: i64 = format!("{fraction:0<3}").parse().map_err(|_| wrong())?;
        let total = whole.checked_mul(1_000).and_then(|all| all.checked_add(thousandths)).ok_or_else(wrong)?;
        if total > Self::MAX.0 { Err(format!("`{text}` is beyond a thousand million")) } else { Ok(Self(sign * total)) }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1_000 == 0 {
            return to.serialize_i64(self.0 / 1_000);
        }
        // The shortest decimal of the nearest binary number is the decimal itself, at this size.
        to.serialize_f64(self.to_string().parse().map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        serde_json::Number::deserialize(from)?.to_string().parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::ToSchema for Quantity {}

impl utoipa::PartialSchema for Quantity {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(-1_000_000_000))
            .maximum(Some(1_000_000_000))
            .description(Some("A count or percentage, with at most three decimals."))
            .examples([serde_json::json!(1161)])
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_exactly() {
        for (text, thousandths) in [("1161", 1_161_000), ("1,161", 1_161_000), ("2.3", 2_300), ("2.30", 2_300), ("-0.125", -125), ("0", 0)]
        {
            assert_eq!(text.parse(), Ok(Quantity(thousandths)), "{text}");
        }
        for text in ["", ".", "1.2345", "1e3", "--1", "1 000 000 000 001", "1000000000.001", "NaN"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }

    #[test]
    fn json_numbers_go_both_ways() {
        for text in ["0", "1161", "2.3", "-0.125", "999999999.999"] {
            let quantity: Quantity = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&quantity).unwrap(), text);
        }
        assert!(serde_json::from_str::<Quantity>("0.0001").is_err());
    }
}
