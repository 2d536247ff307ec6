//! What a printed value is.

use serde::{Deserialize, Serialize};

use crate::kernel::{Faults, Pence, Quantity};

/// A printed value: money, or a number in some unit. The two are never added to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Money.
    Pence(Pence),
    /// A count, a percentage, a ratio.
    Number(Quantity),
}

impl Measured {
    /// From two columns of which one is filled. `None` where neither is.
    #[must_use]
    pub fn either(pence: Option<Pence>, number: Option<Quantity>) -> Option<Self> {
        pence.map(Self::Pence).or_else(|| number.map(Self::Number))
    }

    /// The money, where it is money.
    #[must_use]
    pub const fn pence(self) -> Option<Pence> {
        match self {
            Self::Pence(pence) => Some(pence),
            Self::Number(_) => None,
        }
    }

    /// The number, where it is none of money.
    #[must_use]
    pub const fn number(self) -> Option<Quantity> {
        match self {
            Self::Pence(_) => None,
            Self::Number(number) => Some(number),
        }
    }

    /// Whether both are money or both are numbers.
    #[must_use]
    pub const fn is_like(self, other: Self) -> bool {
        matches!((self, other), (Self::Pence(_), Self::Pence(_)) | (Self::Number(_), Self::Number(_)))
    }

    /// Pence, or thousandths of the unit.
    #[must_use]
    pub const fn raw(self) -> i64 {
        match self {
            Self::Pence(pence) => pence.0,
            Self::Number(number) => number.0,
        }
    }
}

/// The form of a code: lower-case letters, digits and single hyphens.
pub(super) fn check_code(faults: &mut Faults, code: &str) {
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    faults.require(
        code.len() <= 80 && code.split('-').all(is_plain),
        "/code",
        "wrong_format",
        "A code has lower-case letters and digits, with single hyphens between them.",
    );
}
