//! What an award is and what may happen to it. No database and no HTTP.

mod less;
mod linked;
mod money;
mod next_year;
mod on_behalf;
mod particulars;
mod places;
mod recut;
mod retold;
mod state;
mod terms;

pub use less::lessen;
pub use linked::{Linked, LinkedContract};
pub use money::{QuarterAmount, SplitLine, YearAmount, forward, may_suffice, move_split, settle_split, split_lines};
pub use next_year::{AwardNextYear, Successor, Successors, may_go_on, next_year, still_forward};
pub use on_behalf::{PaperTold, SignedPaper, by_another, is_by_another, paper_faults};
pub use particulars::{AgreementContact, AwardParticulars, contact_faults, interventions_faults, particulars_faults};
pub use places::AreaInTime;
pub use recut::{Recut, recut_annual, recut_profile, recut_quarters, years_of};
pub use retold::{retold, told_so_far};
pub use state::{AwardAct, AwardState, allowed, check_unspent, from_day_on, no_plan, not_before, shown_state};
pub use terms::{
    AwardInput, AwardKind, ContractClauses, FundedPost, LegalPower, PeriodSpan, Policy, SocialValue, attested, faults,
    faults_of_any_period, policy_faults, quarters_of,
};

words! {
    /// How far delivery is, apart from the award's state and from payments (R18).
    pub enum DeliveryStatus {
        /// Not begun, though money may flow.
        NotStarted = "not_started",
        /// As agreed.
        Delivering = "delivering",
        /// In another way than agreed.
        Adapted = "adapted",
        /// Interrupted.
        Paused = "paused",
    }
}

words! {
    /// How the service reaches people (R54).
    pub enum DeliveryMode {
        /// Face to face.
        InPerson = "in_person",
        /// By telephone or online.
        Remote = "remote",
        /// Both.
        Blended = "blended",
    }
}

/// The reference of an award before its counter: `CIF-2020-21-T3`.
#[must_use]
pub fn series(fund_code: &str, period_label: &str, tranche_number: Option<i32>) -> String {
    tranche_number.map_or_else(|| format!("{fund_code}-{period_label}"), |number| format!("{fund_code}-{period_label}-T{number}"))
}

/// The whole reference: `CIF-2020-21-T3-0007`.
#[must_use]
pub fn reference(series: &str, number: i32) -> String {
    format!("{series}-{number:04}")
}

/// A reference that was given, taken apart, so that the counter goes on after it.
#[must_use]
pub fn read_reference(reference: &str) -> (String, i32) {
    let counted = reference.rsplit_once('-').and_then(|(series, number)| Some((series.to_owned(), number.parse::<i32>().ok()?)));
    counted.filter(|(_, number)| *number > 0).unwrap_or_else(|| (reference.to_owned(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_count_on_after_those_that_were_given() {
        assert_eq!(reference(&series("CIF", "2020-21", Some(3)), 7), "CIF-2020-21-T3-0007");
        assert_eq!(read_reference("CIF-2020-21-T3-0007"), ("CIF-2020-21-T3".to_owned(), 7));
        assert_eq!(reference(&series("VRU", "2016-22", None), 12_345), "VRU-2016-22-12345");
        assert_eq!(read_reference("an old one"), ("an old one".to_owned(), 0));
    }
}
