//! What an office may set, and what holds without that.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Id, Pence};

/// When returns are due and how often they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnPolicy {
    /// How many working days after the end of its period, or after the acceptance of its award where that is later, a return is due.
    #[schema(minimum = 0, maximum = 120, example = 15)]
    pub due_working_days: i32,
    /// How many days before its day a provider is reminded; not at all where it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 60, example = 7)]
    pub remind_days_before: Option<i32>,
    /// How many weeks after its day a provider is reminded, once a week.
    #[schema(minimum = 0, maximum = 52, example = 8)]
    pub weekly_reminders_max: i32,
    /// Up to which value of its award a return may be certified by whoever wrote it; 500000 where it is left out, 0 for none.
    #[serde(default = "ReturnPolicy::small_award")]
    #[schema(example = 500_000)]
    pub self_certified_up_to_pence: Pence,
    /// How far what is spent may be from what is planned for the days of a return before the provider is asked about it, in percent of the
    /// plan; 10 where it is left out.
    #[serde(default = "ReturnPolicy::tolerance")]
    #[schema(minimum = 0, maximum = 1000, example = 10)]
    pub profile_tolerance_percent: i32,
    /// Up to which value an award has a short form, which asks for money, counts and what happened; 500000 where it is left out, 0 for
    /// none.
    #[serde(default = "ReturnPolicy::small_award")]
    #[schema(example = 500_000)]
    pub short_form_up_to_pence: Pence,
    /// How many working days a provider has to send a return again, after a question or after it was opened again, where no other day is said; 10 where
    /// it is left out.
    #[serde(default = "ReturnPolicy::again")]
    #[schema(minimum = 1, maximum = 120, example = 10)]
    pub send_again_working_days: i32,
}

impl ReturnPolicy {
    /// The id of the policy, the same in every office.
    pub const ID: Id = Id(uuid::Uuid::from_u128(0x0192_b4c0_0000_7000_8000_0000_0000_0071));

    const fn small_award() -> Pence {
        Pence(500_000)
    }

    const fn tolerance() -> i32 {
        10
    }

    const fn again() -> i32 {
        10
    }

    /// The working days to send a return again, as a count.
    #[must_use]
    pub fn send_again(&self) -> u32 {
        u32::try_from(self.send_again_working_days).unwrap_or_default()
    }

    /// The working days as a count.
    #[must_use]
    pub fn working_days(&self) -> u32 {
        u32::try_from(self.due_working_days).unwrap_or_default()
    }
}

impl Default for ReturnPolicy {
    fn default() -> Self {
        Self {
            due_working_days: 15,
            remind_days_before: Some(7),
            weekly_reminders_max: 8,
            self_certified_up_to_pence: Self::small_award(),
            profile_tolerance_percent: Self::tolerance(),
            short_form_up_to_pence: Self::small_award(),
            send_again_working_days: Self::again(),
        }
    }
}
