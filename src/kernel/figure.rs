//! What a printed figure says of itself: how final it is and how exactly it was printed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Pence;

words! {
    /// How final a figure is (R21).
    pub enum FigureStatus {
        /// Expected.
        Forecast = "forecast",
        /// Of part of the time.
        Midterm = "midterm",
        /// May still change.
        Provisional = "provisional",
        /// Without reservation.
        Final = "final",
    }
}

words! {
    /// How exactly a figure was printed.
    pub enum Precision {
        /// To the penny.
        ExactPence = "exact_pence",
        /// To the pound.
        ExactPounds = "exact_pounds",
        /// A count or percentage as it is.
        Exact = "exact",
        /// Rounded to a step.
        Rounded = "rounded",
        /// About, over, at least.
        Approximate = "approximate",
    }
}

/// What an imported figure says of itself. A figure that a person enters in the service is final and exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FigureNote {
    /// How final it is (R21).
    pub figure_status: FigureStatus,
    /// How exactly it was printed.
    pub precision: Option<Precision>,
    /// The step in pence to which it was rounded.
    pub rounding_unit_pence: Option<Pence>,
    /// The word before it: `over`, `at least`.
    #[schema(max_length = 40)]
    pub qualifier: Option<String>,
}

impl Default for FigureNote {
    fn default() -> Self {
        Self { figure_status: FigureStatus::Final, precision: None, rounding_unit_pence: None, qualifier: None }
    }
}
