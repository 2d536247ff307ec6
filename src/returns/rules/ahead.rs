//! What is still to be spent: forecasts of returns, each quarter as the latest return says that says anything of it. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::ReturnContent;
use super::asked::Asked;
use super::content::{ForecastInForce, ForecastQuarter, HeldQuarter};
use crate::kernel::{Id, Pence, Quarter};

/// A forecast as a return gives it. One without quarters says that nothing more will be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenForecast {
    /// The return.
    pub return_id: Id,
    /// Its period.
    pub period: String,
    /// What it expects.
    pub quarters: Vec<ForecastQuarter>,
}

/// What holds of forecasts that come the latest first: of each quarter what the latest says that says anything of it, with whoever gave it. One
/// without quarters ends all that were given before it.
#[must_use]
pub fn carried<G: Copy>(given: impl IntoIterator<Item = (G, Vec<(Quarter, Pence)>)>) -> BTreeMap<Quarter, (G, Pence)> {
    let mut held = BTreeMap::new();
    for (giver, quarters) in given {
        if quarters.is_empty() {
            break;
        }
        for (quarter, amount) in quarters {
            held.entry(quarter).or_insert((giver, amount));
        }
    }
    held
}

fn amounts(quarters: &[ForecastQuarter]) -> Vec<(Quarter, Pence)> {
    quarters.iter().map(|one| (one.quarter, one.amount_pence)).collect()
}

/// Whether a quarter is still to come, in part at least, when a return ends.
pub(super) fn is_ahead(quarter: Quarter, ends_on: NaiveDate) -> bool {
    quarter.last_day() > ends_on
}

/// The forecast that holds at the end of a return: its own, and for each quarter of which that says nothing the latest of the returns before it
/// (`earlier`, the latest first). Of all of it what is still to come.
#[must_use]
pub fn forecast_in_force(
    (return_id, period): (Id, &str),
    ends_on: NaiveDate,
    content: &ReturnContent,
    earlier: &[GivenForecast],
) -> Option<ForecastInForce> {
    let own = content.forecast.clone().map(|quarters| GivenForecast { return_id, period: period.to_owned(), quarters });
    let given: Vec<&GivenForecast> = own.iter().chain(earlier).collect();
    let latest = given.first()?;
    let held = carried(given.iter().map(|one| (*one, amounts(&one.quarters))));
    let ahead = held.into_iter().filter(|(quarter, _)| is_ahead(*quarter, ends_on));
    let quarters = ahead.map(|(quarter, (giver, amount_pence))| HeldQuarter {
        quarter,
        amount_pence,
        return_id: giver.return_id,
        period: giver.period.clone(),
    });
    Some(ForecastInForce { return_id: latest.return_id, period: latest.period.clone(), quarters: quarters.collect() })
}

/// What is expected to be spent after a return, without quarters of which returns after it tell already what was spent.
pub(super) fn expected(content: &ReturnContent, asked: &Asked) -> Pence {
    let given = content.forecast.iter().chain(asked.forecasts.iter().map(|one| &one.quarters));
    let held = carried(given.map(|quarters| ((), amounts(quarters))));
    let is_told = |quarter: &Quarter| asked.told_after.iter().any(|(from, to)| *from <= quarter.last_day() && quarter.first_day() <= *to);
    held.iter().filter(|(quarter, _)| is_ahead(**quarter, asked.ends_on) && !is_told(quarter)).map(|(_, ((), amount))| *amount).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ahead(quarter: &str, pence: i64) -> ForecastQuarter {
        ForecastQuarter { quarter: quarter.parse().unwrap(), amount_pence: Pence(pence) }
    }

    #[test]
    fn each_quarter_holds_until_a_newer_return_says_another() {
        let (old, new) = (Id::new(), Id::new());
        let given = |period: &str, quarters| GivenForecast { return_id: old, period: period.to_owned(), quarters };
        let earlier =
            [given("2020-21-Q1", vec![ahead("2020-21-Q3", 5), ahead("2020-21-Q2", 6)]), given("2019-20-Q4", vec![ahead("2020-21-Q4", 7)])];
        let held = |forecast, ends_on: &str| {
            let content = ReturnContent { forecast, ..ReturnContent::default() };
            let held = forecast_in_force((new, "2020-21-Q2"), day(ends_on), &content, &earlier).unwrap();
            let quarters = held.quarters.iter().map(|one| (one.quarter.to_string(), one.amount_pence.0, one.return_id == new));
            (held.return_id == new, quarters.collect::<Vec<_>>())
        };
        let q = |name: &str, pence, is_own| (format!("2020-21-{name}"), pence, is_own);
        assert_eq!(held(None, "2020-06-30"), (false, vec![q("Q2", 6, false), q("Q3", 5, false), q("Q4", 7, false)]));
        assert_eq!(held(None, "2020-09-30"), (false, vec![q("Q3", 5, false), q("Q4", 7, false)]));
        assert_eq!(held(Some(vec![ahead("2020-21-Q3", 9)]), "2020-09-30"), (true, vec![q("Q3", 9, true), q("Q4", 7, false)]));
        assert_eq!(held(Some(Vec::new()), "2020-09-30"), (true, Vec::new()), "nothing more ends all");
        assert_eq!(forecast_in_force((new, "2020-21-Q2"), day("2020-09-30"), &ReturnContent::default(), &[]), None);
        let ended = [given("2020-21-Q1", Vec::new()), earlier[1].clone()];
        let after = forecast_in_force((new, "2020-21-Q2"), day("2020-09-30"), &ReturnContent::default(), &ended).unwrap();
        assert_eq!(after.quarters, Vec::new(), "and what was said before stays ended");
    }
}
