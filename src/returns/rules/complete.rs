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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::findings::tests::{asked, shown, value};
    use super::super::{Asked, Reported, ReturnContent, findings};
    use crate::kernel::Id;

    #[test]
    fn each_area_with_a_target_has_a_value_or_a_reason() {
        use Reported::{NotReported, Reported as Told};
        let indicator = Id::new();
        let [here, there] = [0; 2].map(|_| Id::new());
        let places = vec![(here, "Walsall".to_owned()), (there, "Dudley".to_owned())];
        let mut asked = Asked { areas: HashSet::from([here, there]), own_areas: places.clone(), ..asked(indicator, false) };
        let check = |asked: &Asked, values: &[(Option<Id>, Reported)]| {
            let number = |status| (status == Reported::Reported).then_some(3);
            let values = values.iter().map(|(area, status)| value(indicator, *area, *status, number(*status))).collect();
            shown(&findings(&ReturnContent { spend: Some(Vec::new()), values, ..ReturnContent::default() }, asked))
        };
        assert_eq!(check(&asked, &[(Some(here), Told)]), ["warning /values areas_not_reported"]);
        assert_eq!(check(&asked, &[(None, Told)]), Vec::<String>::new());
        asked.indicators[0].aimed_at = places;
        assert_eq!(check(&asked, &[(Some(here), Told)]), ["error /values required"]);
        assert_eq!(check(&asked, &[(None, Told)]), ["error /values required"; 2]);
        assert_eq!(check(&asked, &[]), ["error /values required"; 2], "both are told at once");
        assert_eq!(check(&asked, &[(None, NotReported)]), Vec::<String>::new());
        assert_eq!(check(&asked, &[(Some(here), Told), (Some(there), NotReported)]), Vec::<String>::new());
    }
}
