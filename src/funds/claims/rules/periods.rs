//! For which days a funder is claimed from.

use chrono::{Months, NaiveDate};

use crate::funds::sources::rules::ClaimPeriod;
use crate::kernel::{Faults, FinancialYear};

/// The first and the last day of something.
pub type Days = (NaiveDate, NaiveDate);

impl ClaimPeriod {
    const fn months(self) -> Months {
        match self {
            Self::Quarterly => Months::new(3),
            Self::HalfYearly => Months::new(6),
            Self::Yearly => Months::new(12),
        }
    }

    /// Its periods between the first and the last of some days, in order. At either end a period is cut to those days: money that may be
    /// spent from 24 March on is claimed for a first period of eight days.
    #[must_use]
    pub fn within(self, (first, last): Days) -> Vec<Days> {
        let mut all = Vec::new();
        let Some(year) = FinancialYear::of(first) else { return all };
        let mut starts_on = year.first_day();
        while starts_on <= last {
            let Some(next) = starts_on.checked_add_months(self.months()) else { break };
            let Some(ends_on) = next.pred_opt() else { break };
            if ends_on >= first {
                all.push((starts_on.max(first), ends_on.min(last)));
            }
            starts_on = next;
        }
        all
    }
}

/// Adds a fault where the days of a claim are none of its funder's periods and nothing says why.
pub fn check_period(faults: &mut Faults, period: ClaimPeriod, (days, span): (Days, Days), reason: Option<&str>) {
    let all = period.within(span);
    if reason.is_some() || days.0 > days.1 || all.contains(&days) {
        return;
    }
    let touched = all.iter().filter(|(starts_on, ends_on)| *starts_on <= days.1 && days.0 <= *ends_on);
    let named: Vec<String> = touched.map(|(starts_on, ends_on)| format!("{starts_on} to {ends_on}")).collect();
    let message = format!(
        "This funder sets the periods of its claims ({}): here {}. Claim for one of them, or say in `days_reason` why for other days.",
        period.word().replace('_', "-"),
        named.join("; ")
    );
    // Days outside of the budget line's are told as that.
    faults.require(named.is_empty(), "/starts_on", "not_a_claim_period", &message);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, to: &str) -> Days {
        (from.parse().unwrap(), to.parse().unwrap())
    }

    #[test]
    fn periods_follow_the_financial_year_and_end_with_the_money() {
        let found = ClaimPeriod::HalfYearly.within(days("2020-03-24", "2020-11-15"));
        let halves = [days("2020-03-24", "2020-03-31"), days("2020-04-01", "2020-09-30"), days("2020-10-01", "2020-11-15")];
        assert_eq!(found, halves);
        assert_eq!(ClaimPeriod::Quarterly.within(days("2020-04-01", "2021-03-31")).len(), 4);
        assert_eq!(ClaimPeriod::Yearly.within(days("2016-04-01", "2018-03-31")).len(), 2);
    }

    #[test]
    fn other_days_need_a_reason() {
        let found = |own: Days, reason: Option<&str>| {
            let mut faults = Faults::new();
            check_period(&mut faults, ClaimPeriod::HalfYearly, (own, days("2020-04-01", "2021-03-31")), reason);
            faults.0.into_iter().map(|fault| fault.message).collect::<Vec<_>>()
        };
        assert_eq!(found(days("2020-10-01", "2021-03-31"), None), [""; 0]);
        let refused = found(days("2020-04-01", "2020-06-30"), None);
        assert!(refused[0].contains("(half-yearly): here 2020-04-01 to 2020-09-30. Claim"), "{refused:?}");
        assert_eq!(found(days("2020-04-01", "2020-06-30"), Some("The grant began late.")), [""; 0]);
    }
}
