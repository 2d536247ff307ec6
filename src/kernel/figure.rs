//! What a printed figure says of itself: how final it is and how exactly it was printed.

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
