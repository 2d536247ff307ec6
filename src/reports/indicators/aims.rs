//! What an indicator aims at, beside what it comes to.

use crate::kernel::{Id, Quantity};
use crate::reports::indicators::rows::{IndicatorGrouping, When};
use crate::reports::indicators::store::{IndicatorRow, TargetRow};

/// What was aimed at, and for when.
pub(super) struct Aim {
    pub(super) target: Quantity,
    pub(super) period: String,
}

/// The target of an area and a period; without a period asked for, the only one there is. All areas together aim at the sum of what each
/// aims at, where their values add up and nothing is aimed at for all of them.
pub(super) fn target(
    indicator: &IndicatorRow,
    targets: &[&TargetRow],
    area: Option<Id>,
    by: &[IndicatorGrouping],
    of: Option<&When>,
) -> Option<Aim> {
    // A target is not of one award among several.
    if by.contains(&IndicatorGrouping::Award) {
        return None;
    }
    let is_of_row = |target: &&&TargetRow| {
        of.is_none_or(|when| {
            Some(&target.period) == when.period.as_ref()
                || (target.starts_on.is_some() && (target.starts_on, target.ends_on) == (when.days.0, when.days.1))
        })
    };
    let own: Vec<&&TargetRow> = targets.iter().filter(|target| target.area_id == area).filter(is_of_row).collect();
    if let (Some(first), true) = (own.first(), own.len() == 1 || of.is_some()) {
        return Some(Aim { target: first.target, period: first.period.clone() });
    }
    let adds_up = own.is_empty() && area.is_none() && !by.contains(&IndicatorGrouping::Area) && indicator.over_areas == "sum";
    let of_areas: Vec<&&TargetRow> = targets.iter().filter(|target| adds_up && target.area_id.is_some()).filter(is_of_row).collect();
    let period = &of_areas.first()?.period;
    let is_one_period = of_areas.iter().all(|target| target.period == *period);
    let sum = of_areas.iter().try_fold(Quantity::ZERO, |sum, target| sum.checked_add(target.target))?;
    is_one_period.then(|| Aim { target: sum, period: period.clone() })
}
