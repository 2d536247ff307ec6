//! What an office may set, and what holds without that.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Id, Quantity};
use crate::publishing::rules::SMALL_BELOW;

/// What may leave the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicationPolicy {
    /// Counts of people below this are suppressed, unless they are 0: 5 for counts from 1 to 4.
    #[schema(minimum = 3, maximum = 100, example = 5)]
    pub small_below: i32,
}

impl PublicationPolicy {
    /// The id of the policy, the same in every office.
    pub const ID: Id = Id(uuid::Uuid::from_u128(0x0192_b4c0_0000_7000_8000_0000_0000_0072));
}

impl Default for PublicationPolicy {
    fn default() -> Self {
        Self { small_below: i32::try_from(SMALL_BELOW.0 / Quantity::whole(1).0).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_setting_five_people_may_be_told() {
        assert_eq!(PublicationPolicy::default(), PublicationPolicy { small_below: 5 });
    }
}
