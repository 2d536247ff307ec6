//! Which targets are for the days that are asked for. Pure.

use crate::kernel::Id;
use crate::reports::indicators::rules::Days;
use crate::reports::indicators::spans::merged;
use crate::reports::social_value::rules::Aim;

/// Those of an indicator's targets that are for the days that are asked for, of all days where none are; none of them can be told where one is for other days
/// too and is not told by shorter ones in its place.
#[must_use]
pub fn asked_for(aims: &[Aim], asked: &[Days]) -> Option<Vec<Aim>> {
    if asked.is_empty() {
        return Some(aims.to_vec());
    }
    let lies_in = |days: Days| asked.iter().any(|span| holds(*span, days));
    let inside: Vec<Aim> = aims.iter().filter(|aim| aim.days.is_some_and(lies_in)).copied().collect();
    let in_common = |(from, to): Days| -> Vec<Days> {
        let cut = asked.iter().map(|(first, last)| (from.max(*first), to.min(*last)));
        cut.filter(|(first, last)| first <= last).collect()
    };
    let touching: Vec<(Option<Id>, Vec<Days>)> =
        aims.iter().filter_map(|aim| Some((aim.area, in_common(aim.days?)))).filter(|(_, days)| !days.is_empty()).collect();
    if touching.is_empty() {
        // Words alone do not say for which days they are.
        return if aims.iter().any(|aim| aim.days.is_none()) { None } else { Some(inside) };
    }
    let has_whole = touching.iter().any(|(area, _)| area.is_none());
    let is_told = |(area, days): &(Option<Id>, Vec<Days>)| {
        let own = merged(inside.iter().filter(|aim| aim.area == *area).filter_map(|aim| aim.days));
        days.iter().all(|part| own.iter().any(|span| holds(*span, *part)))
    };
    let is_whole = touching.iter().filter(|(area, _)| !has_whole || area.is_none()).all(is_told);
    is_whole.then_some(inside)
}

/// Whether days hold others.
fn holds(one: Days, other: Days) -> bool {
    one.0 <= other.0 && other.1 <= one.1
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::kernel::Quantity;

    fn aim(area: Option<Id>, from: &str, to: &str, target: i32) -> Aim {
        Aim { area, days: Some((from.parse().unwrap(), to.parse().unwrap())), target: Quantity::whole(target) }
    }

    #[test]
    fn a_target_is_not_cut_up_by_the_days_that_are_asked_for() {
        let days = |from: &str, to: &str| (from.parse::<NaiveDate>().unwrap(), to.parse::<NaiveDate>().unwrap());
        let (first, later) = ([days("2020-04-01", "2021-03-31")], [days("2023-04-01", "2024-03-31")]);
        let (long, year) = (aim(None, "2020-04-01", "2023-03-31", 12), aim(None, "2020-04-01", "2021-03-31", 4));
        let quarter = aim(None, "2020-04-01", "2020-06-30", 1);
        let here = aim(Some(Id::new()), "2020-04-01", "2021-03-31", 3);
        assert_eq!(asked_for(&[long], &[]), Some(vec![long]));
        assert_eq!(asked_for(&[long], &[days("2020-04-01", "2023-03-31")]), Some(vec![long]));
        assert_eq!(asked_for(&[long], &first), None);
        assert_eq!(asked_for(&[long], &later), Some(Vec::new()), "nothing is promised for those days");
        assert_eq!(asked_for(&[long, year], &first), Some(vec![year]), "the year is told by its own target");
        assert_eq!(asked_for(&[long, quarter], &first), None, "the rest of the year is not");
        assert_eq!(asked_for(&[quarter], &first), Some(vec![quarter]));
        assert_eq!(asked_for(&[long, here], &first), None);
        let words = Aim { days: None, ..year };
        assert_eq!((asked_for(&[words], &first), asked_for(&[words, year], &first)), (None, Some(vec![year])));
    }
}
