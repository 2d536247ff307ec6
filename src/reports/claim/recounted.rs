//! What was counted in the days of earlier claims and is different by now, as what was spent there is told again.
//!
//! A funder holds what it was told before. So a change of a few people tells of those few, and one count of an indicator that was hidden
//! could be worked out from how the others moved: then that something changed is told, and not by how much, unless the funder agreed to
//! small numbers.

use std::collections::{BTreeMap, HashMap};

use crate::kernel::{Id, Quantity, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimRow, ClaimSection};
use crate::publishing::rules as small;
use crate::reports::asked::At;
use crate::reports::claim::beside::Beside;
use crate::reports::claim::counts;
use crate::reports::claim::store::{ClaimFacts, FrozenClaim, PaidAward};
use crate::store::Conn;

/// The unit of percentages.
const PERCENT: &str = "percent";

/// An area, by its id, or by its name where a claim was certified before ids were kept; none for all together.
type Area = Option<String>;

/// The counts of an indicator by area.
type Counts = BTreeMap<Area, ClaimRow>;

/// The rows of what is counted otherwise by now in the days of the claims before this one.
pub(super) fn rows(
    conn: &mut Conn,
    at: At,
    claim: &ClaimFacts,
    awards: &HashMap<Id, PaidAward>,
    (earlier, below): (&[FrozenClaim], Option<Quantity>),
) -> Result<Vec<ClaimRow>, Refusal> {
    let mut all = Vec::new();
    for one in earlier.iter().filter(|one| one.days.1 < claim.starts_on) {
        let (starts_on, ends_on) = one.days;
        let then = ClaimFacts { starts_on, ends_on, ..claim.clone() };
        let now = by_indicator(counts::rows(conn, at, &then, awards, (below, &Beside::default()))?);
        let before = last_told(one, earlier);
        let ids: Vec<Id> = before.keys().chain(now.keys().filter(|id| !before.contains_key(id))).copied().collect();
        let none = Counts::new();
        for id in ids {
            let changes = changed(before.get(&id).unwrap_or(&none), now.get(&id).unwrap_or(&none), below);
            all.extend(changes.into_iter().map(|row| ClaimRow { reference: Some(one.reference.clone()), ..row }));
        }
    }
    Ok(all)
}

fn area(row: &ClaimRow) -> Area {
    row.area_id.map(|id| id.to_string()).or_else(|| row.area.clone())
}

fn by_indicator(rows: Vec<ClaimRow>) -> BTreeMap<Id, Counts> {
    let mut all: BTreeMap<Id, Counts> = BTreeMap::new();
    for row in rows {
        if let Some(id) = row.indicator_id {
            all.entry(id).or_default().insert(area(&row), row);
        }
    }
    all
}

/// What was told last of the counts in the days of an earlier claim: with it, or with those after it.
fn last_told(one: &FrozenClaim, all: &[FrozenClaim]) -> BTreeMap<Id, Counts> {
    let is_own = |row: &&ClaimRow| row.section == ClaimSection::Indicator;
    let is_about = |row: &&ClaimRow| row.section == ClaimSection::Earlier && row.reference.as_ref() == Some(&one.reference);
    let own = one.figures.rows.iter().filter(is_own);
    by_indicator(own.chain(all.iter().flat_map(|claim| claim.figures.rows.iter().filter(is_about))).cloned().collect())
}

/// The counts of an indicator that are not as they were told; `below` which a count is small, none where the funder agreed to small ones.
fn changed(before: &Counts, now: &Counts, below: Option<Quantity>) -> Vec<ClaimRow> {
    let shown = |row: Option<&ClaimRow>| row.and_then(|row| row.value);
    let state = |row: Option<&ClaimRow>| row.and_then(|row| row.count_state).unwrap_or(ClaimCountState::NotReported);
    // Why there is no figure is no figure: that it is said otherwise now is no change.
    let kind = |row: Option<&ClaimRow>| match state(row) {
        ClaimCountState::NotApplicable | ClaimCountState::NotAdded => ClaimCountState::NotReported,
        state => state,
    };
    let areas: Vec<&Area> = before.keys().chain(now.keys().filter(|area| !before.contains_key(*area))).collect();
    let pairs = areas.into_iter().map(|area| (before.get(area), now.get(area)));
    let other: Vec<_> = pairs.filter(|(before, now)| (kind(*before), shown(*before)) != (kind(*now), shown(*now))).collect();
    let tells = |(before, now): &(Option<&ClaimRow>, Option<&ClaimRow>)| {
        let moved = shown(*before).zip(shown(*now)).map(|(before, now)| Quantity(now.0.saturating_sub(before.0).saturating_abs()));
        let is_small = |count: Quantity| below.is_some_and(|below| small::is_small(count, below));
        moved.is_some_and(is_small) || shown(*before).is_some_and(is_small)
    };
    let is_of_people = before.values().chain(now.values()).any(|row| row.unit.as_deref().is_some_and(small::is_of_people));
    // Of how many people a percentage was is not kept beside it, so how it changed is not told.
    let is_percentage = before.values().chain(now.values()).any(|row| row.unit.as_deref() == Some(PERCENT));
    let is_hidden = |row: &ClaimRow| row.count_state == Some(ClaimCountState::Suppressed);
    let tells = before.values().chain(now.values()).any(is_hidden) || is_percentage || (is_of_people && other.iter().any(tells));
    let is_told = below.is_none() || !tells;
    let turn = |(before, now): (Option<&ClaimRow>, Option<&ClaimRow>)| {
        // What is told already cannot be told in other words.
        if !is_told && state(before) == ClaimCountState::Suppressed {
            return None;
        }
        let row = now.or(before)?.clone();
        let (value, told_value) = if is_told { (shown(now), shown(before)) } else { (None, None) };
        let count_state = Some(if is_told { state(now) } else { ClaimCountState::Suppressed });
        let section = ClaimSection::Earlier;
        Some(ClaimRow { section, count_state, value, told_value, accepted_value: None, adjustment_count: None, ..row })
    };
    other.into_iter().filter_map(turn).collect()
}

/// Whether the counts of an indicator can be told as they were accepted too: not where that tells of a few people, who were corrected, or
/// of what is hidden.
pub(super) fn shows_both(
    unit: &str,
    counts: &[(Option<Quantity>, Option<Quantity>)],
    is_any_hidden: bool,
    below: Option<Quantity>,
) -> bool {
    let Some(below) = below else { return true };
    let tells = |(value, accepted): &(Option<Quantity>, Option<Quantity>)| {
        let moved = value.unwrap_or_default().0.saturating_sub(accepted.unwrap_or_default().0);
        accepted.is_some_and(|count| small::is_small(count, below)) || small::is_small(Quantity(moved.saturating_abs()), below)
    };
    let is_other = |(value, accepted): &(Option<Quantity>, Option<Quantity>)| value != accepted;
    let is_told_apart = unit == PERCENT && counts.iter().any(is_other);
    !(is_any_hidden || is_told_apart || (small::is_of_people(unit) && counts.iter().any(tells)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(area: Option<&str>, value: Option<i32>) -> (Area, ClaimRow) {
        let count_state = Some(if value.is_some() { ClaimCountState::Shown } else { ClaimCountState::Suppressed });
        let (area, unit, value) = (area.map(str::to_owned), Some("people".to_owned()), value.map(Quantity::whole));
        (area.clone(), ClaimRow { area, unit, value, count_state, ..ClaimRow::of(ClaimSection::Indicator) })
    }

    fn told(before: &[(Option<&str>, Option<i32>)], now: &[(Option<&str>, Option<i32>)], below: Option<Quantity>) -> Vec<[Option<i64>; 2]> {
        let counts = |rows: &[(Option<&str>, Option<i32>)]| rows.iter().map(|(area, value)| row(*area, *value)).collect::<Counts>();
        let whole = |value: Option<Quantity>| value.map(|value| value.0 / 1_000);
        changed(&counts(before), &counts(now), below).into_iter().map(|row| [whole(row.told_value), whole(row.value)]).collect()
    }

    #[test]
    fn a_change_of_few_people_is_not_counted_out() {
        let before = [(None, Some(40)), (Some("a"), Some(20)), (Some("b"), Some(20))];
        assert_eq!(told(&before, &before, Some(small::SMALL_BELOW)), [[None; 2]; 0]);
        let many = [(None, Some(50)), (Some("a"), Some(30)), (Some("b"), Some(20))];
        assert_eq!(told(&before, &many, Some(small::SMALL_BELOW)), [[Some(40), Some(50)], [Some(20), Some(30)]]);
        // Three people more: also in the total.
        let few = [(None, Some(53)), (Some("a"), Some(30)), (Some("b"), Some(23))];
        assert_eq!(told(&before, &few, Some(small::SMALL_BELOW)), [[None; 2]; 3]);
        assert_eq!(told(&before, &few, None), [[Some(40), Some(53)], [Some(20), Some(30)], [Some(20), Some(23)]]);
        // What was hidden could be worked out from how the total moved.
        let hidden = [(None, Some(40)), (Some("a"), None), (Some("b"), None)];
        assert_eq!(told(&hidden, &many, Some(small::SMALL_BELOW)), [[None; 2]], "of the areas it was told that they are hidden");
    }

    #[test]
    fn what_was_accepted_stands_beside_unless_few_were_corrected() {
        let whole = |value: i32| Some(Quantity::whole(value));
        assert!(shows_both("people", &[(whole(20), whole(30))], false, Some(small::SMALL_BELOW)));
        assert!(!shows_both("people", &[(whole(20), whole(23))], false, Some(small::SMALL_BELOW)));
        assert!(shows_both("sessions", &[(whole(20), whole(23))], false, Some(small::SMALL_BELOW)));
        assert!(!shows_both("percent", &[(whole(20), whole(40))], false, Some(small::SMALL_BELOW)), "of how many people is not told");
        assert!(shows_both("percent", &[(whole(20), whole(20))], false, Some(small::SMALL_BELOW)));
        assert!(!shows_both("people", &[(whole(20), whole(30))], true, Some(small::SMALL_BELOW)));
        assert!(shows_both("people", &[(whole(20), whole(23))], true, None));
    }
}
