//! Holding a computed figure against a printed one. Pure.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::figures::Measured;
use crate::figures::control_totals::ControlMeasure;
use crate::kernel::{Id, Moment, Pence, Quantity};
use crate::reports::asked::At;
use crate::reports::control_totals::store::PrintedTotal;

/// A printed total, what is computed, and the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ControlTotalCheck {
    /// The control total's id.
    pub id: Id,
    /// Its code.
    #[schema(max_length = 80)]
    pub reference: String,
    /// What it is, for people.
    #[schema(max_length = 300)]
    pub name: String,
    /// What is computed.
    pub measure: ControlMeasure,
    /// The day it is computed for.
    pub as_at: NaiveDate,
    /// The moment it is computed for.
    pub known_at: Moment,
    /// What was printed, where it is money.
    #[schema(value_type = Option<i64>)]
    pub printed_pence: Option<Pence>,
    /// What is computed, where it is money.
    #[schema(value_type = Option<i64>)]
    pub computed_pence: Option<Pence>,
    /// Computed less printed, where it is money.
    #[schema(value_type = Option<i64>)]
    pub difference_pence: Option<Pence>,
    /// What was printed, where it is a count.
    pub printed_value: Option<Quantity>,
    /// What is computed, where it is a count, in the way in which the report on indicators adds up; null where nothing was reported or
    /// values may not be put together.
    pub computed_value: Option<Quantity>,
    /// Computed less printed, where it is a count.
    pub difference_value: Option<Quantity>,
    /// The word printed before the figure, which makes it a bound: `over`.
    #[schema(max_length = 80)]
    pub qualifier: Option<String>,
    /// Whether the two agree: exactly, within the printed rounding, or on the right side of the bound. Null where the word before
    /// the figure leaves that open, and where nothing can be computed.
    pub agrees: Option<bool>,
    /// How many rows were printed.
    pub rows_count: Option<i32>,
    /// Where it is printed.
    #[schema(max_length = 2000)]
    pub evidence: Option<String>,
}

/// The two side by side.
#[must_use]
pub fn compare(total: PrintedTotal, at: At, computed: Option<Measured>) -> ControlTotalCheck {
    let printed = Measured::either(total.printed_pence, total.printed_value);
    let difference = printed.zip(computed).map(|(printed, computed)| computed.raw().saturating_sub(printed.raw()));
    let rounding = Measured::either(total.rounding_unit_pence, total.rounding_unit).map_or(0, Measured::raw);
    let is_money = computed.or(printed).is_some_and(|one| one.pence().is_some());
    ControlTotalCheck {
        id: total.id,
        reference: total.code,
        name: total.name,
        measure: total.measure,
        as_at: at.as_at,
        known_at: at.known_at,
        printed_pence: total.printed_pence,
        computed_pence: computed.and_then(Measured::pence),
        difference_pence: difference.filter(|_| is_money).map(Pence),
        printed_value: total.printed_value,
        computed_value: computed.and_then(Measured::number),
        difference_value: difference.filter(|_| !is_money).map(Quantity),
        agrees: difference.and_then(|difference| agrees(difference, rounding, total.qualifier.as_deref())),
        qualifier: total.qualifier,
        rows_count: total.rows_count,
        evidence: total.evidence,
    }
}

/// Whether a difference is what the printed figure allows.
fn agrees(difference: i64, rounding: i64, qualifier: Option<&str>) -> Option<bool> {
    match qualifier {
        None => Some(difference.saturating_abs().saturating_mul(2) <= rounding),
        Some("over" | "just over" | "more than" | "in excess of") => Some(difference > 0),
        Some("at least") => Some(difference >= 0),
        Some("under" | "just under" | "less than" | "nearly") => Some(difference < 0),
        Some("up to" | "at most") => Some(difference <= 0),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_nine_pence_are_a_difference() {
        assert_eq!(agrees(29, 1, None), Some(false));
        assert_eq!(agrees(0, 1, None), Some(true));
    }

    #[test]
    fn a_rounded_figure_agrees_within_half_its_step() {
        assert_eq!(agrees(49_000, 100_000, None), Some(true));
        assert_eq!(agrees(51_000, 100_000, None), Some(false));
    }

    #[test]
    fn a_word_before_the_figure_makes_it_a_bound() {
        assert_eq!(agrees(1, 0, Some("over")), Some(true));
        assert_eq!(agrees(0, 0, Some("over")), Some(false));
        assert_eq!(agrees(0, 0, Some("at least")), Some(true));
        assert_eq!(agrees(-5, 0, Some("nearly")), Some(true));
        assert_eq!(agrees(5, 0, Some("around")), None);
    }
}
