//! When what is published changed the last time. Pure.

use std::collections::HashMap;

use crate::kernel::{Id, Moment};

/// When each record changed the last time in what is published of it. Versions of a record come one after another, the oldest first.
#[must_use]
pub fn last_changes<T: PartialEq>(versions: impl Iterator<Item = (Id, Moment, T)>) -> HashMap<Id, Moment> {
    let mut all: HashMap<Id, (Moment, T)> = HashMap::new();
    for (id, at, published) in versions {
        if all.get(&id).is_none_or(|(_, before)| *before != published) {
            all.insert(id, (at, published));
        }
    }
    all.into_iter().map(|(id, (at, _))| (id, at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_differs_in_nothing_published_does_not_count() {
        let (one, other) = (Id::new(), Id::new());
        let at = |micros| Moment::from_micros(micros).unwrap();
        let rows = [(one, 1, "a"), (one, 2, "b"), (one, 3, "b"), (other, 4, "a"), (other, 5, "a"), (other, 6, "c"), (other, 7, "a")];
        let found = last_changes(rows.into_iter().map(|(id, micros, text)| (id, at(micros), text)));
        assert_eq!((found.get(&one), found.get(&other)), (Some(&at(2)), Some(&at(7))));
    }
}
