//! What a funding source is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::rules::{check_code, check_names};
use crate::kernel::Faults;

pub use crate::kernel::SourceKind;

words! {
    /// For which periods a funder is claimed from. They follow the financial year.
    pub enum ClaimPeriod {
        /// From April, July, October and January on.
        Quarterly = "quarterly",
        /// From April and from October on.
        HalfYearly = "half_yearly",
        /// From April on.
        Yearly = "yearly",
    }
}

/// A source of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundingSourceInput {
    /// Lower-case letters, digits and hyphens; unique; stays as it is.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", min_length = 1, max_length = 80, example = "poca")]
    pub code: String,
    /// The name.
    #[schema(min_length = 1, max_length = 300, example = "Proceeds of Crime Act receipts")]
    pub name: String,
    /// Other names, found by search.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub aliases: Vec<String>,
    /// What kind of source it is.
    pub kind: SourceKind,
    /// Whether the funder agreed to be told of very few people: without that, counts from 1 to 4 are left out of what it gets.
    #[serde(default)]
    pub small_numbers_agreed: bool,
    /// For which periods the office claims from it, as the funder sets them; left out where it sets none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_period: Option<ClaimPeriod>,
}

/// What is wrong with a source, judged by itself.
#[must_use]
pub fn faults(source: &FundingSourceInput) -> Faults {
    let mut faults = Faults::new();
    check_code(&mut faults, &source.code);
    check_names(&mut faults, &source.name, &source.aliases);
    faults
}
