//! Whether a return says something of everything that its award is asked for. Pure.

use super::asked::Asked;
use super::findings::Gathered;
use super::{About, Reported, ReturnContent};

/// Each indicator of the award has a value or a reason for none, and so has each area with a target in these days, all told at once. A
/// reason for none given for the award as a whole stands for all its areas; a value for all of them together says nothing of each.
pub(super) fn check(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    for indicator in &asked.indicators {
        let own = || content.values.iter().filter(|value| value.indicator_id == indicator.id);
        let of_all = own().find(|value| value.area_id.is_none() && value.group.is_none());
        if of_all.is_some_and(|value| value.status != Reported::Reported) {
            continue;
        }
        if indicator.aimed_at.is_empty() && own().next().is_none() {
            found.miss(About::indicator(indicator.id, None), &format!("There is no value for `{}`.", indicator.name));
        }
        let also = if of_all.is_some() { " The one for all areas together does not say it." } else { "" };
        for (area, name) in &indicator.aimed_at {
            if own().all(|value| value.area_id != Some(*area)) {
                let message = format!("There is no value for `{}` in {name}, which has a target.{also}", indicator.name);
                found.miss(About::indicator(indicator.id, Some(*area)), &message);
            }
        }
    }
}
