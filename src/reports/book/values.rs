//! What the numbers in a book's dimensions stand for.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{Id, Named};
use crate::reports::book::rules::{Dimension, Keys};
use crate::reports::names::Names;

/// The areas that an award covers together. An amount is never split between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AreaGroup {
    /// The codes of the areas, joined by semicolons.
    #[schema(max_length = 4000)]
    pub code: String,
    /// The area's name, or `several areas (…)`.
    #[schema(max_length = 10000)]
    pub name: String,
    /// The areas.
    #[schema(max_items = 200)]
    pub area_ids: Vec<Id>,
}

/// A value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A record.
    Record(Named),
    /// A word: a year, a theme, a category.
    Word(String),
    /// Areas.
    Areas(AreaGroup),
}

impl Value {
    /// The record, where it is one.
    #[must_use]
    pub const fn record(&self) -> Option<&Named> {
        match self {
            Self::Record(named) => Some(named),
            _ => None,
        }
    }

    /// The word, where it is one.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The areas, where it is areas.
    #[must_use]
    pub const fn areas(&self) -> Option<&AreaGroup> {
        match self {
            Self::Areas(areas) => Some(areas),
            _ => None,
        }
    }
}

/// The values of one dimension; each has a number from 1, and a text by which it is sorted.
#[derive(Debug, Default)]
struct Column {
    values: Vec<(Value, String)>,
    by_id: HashMap<Id, u32>,
    by_word: HashMap<String, u32>,
}

impl Column {
    fn add(&mut self, value: Value, sort: String) -> u32 {
        self.values.push((value, sort));
        u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }
}

/// All values of all dimensions.
#[derive(Debug, Default)]
pub struct Values {
    columns: HashMap<Dimension, Column>,
    area_groups: HashMap<Vec<Id>, u32>,
}

impl Values {
    /// The number of a record; `make` gives its name and what it is sorted by, the first time.
    pub fn record(&mut self, dimension: Dimension, id: Option<Id>, make: impl FnOnce(Id) -> (Named, String)) -> u32 {
        let Some(id) = id else { return 0 };
        let column = self.columns.entry(dimension).or_default();
        if let Some(number) = column.by_id.get(&id) {
            return *number;
        }
        let (named, sort) = make(id);
        let number = column.add(Value::Record(named), sort);
        column.by_id.insert(id, number);
        number
    }

    /// The number of a word.
    pub fn word(&mut self, dimension: Dimension, word: Option<&str>) -> u32 {
        let Some(word) = word else { return 0 };
        let column = self.columns.entry(dimension).or_default();
        if let Some(number) = column.by_word.get(word) {
            return *number;
        }
        let number = column.add(Value::Word(word.to_owned()), word.to_owned());
        column.by_word.insert(word.to_owned(), number);
        number
    }

    /// The number of some areas together, in the order of their codes.
    pub fn areas(&mut self, mut ids: Vec<Id>, names: &Names) -> u32 {
        if ids.is_empty() {
            return 0;
        }
        ids.sort_by_key(|id| names.get(id).map(|area| area.code.clone()));
        if let Some(number) = self.area_groups.get(&ids) {
            return *number;
        }
        let known: Vec<&Named> = ids.iter().filter_map(|id| names.get(id)).collect();
        let join = |of: fn(&Named) -> &str, by: &str| known.iter().map(|area| of(area)).collect::<Vec<_>>().join(by);
        let listed = join(|area| &area.name, ", ");
        let name = if ids.len() == 1 { listed } else { format!("several areas ({listed})") };
        let code = join(|area| &area.code, ";");
        let sort = format!("{}{name}\u{0}{code}", if ids.len() == 1 { '0' } else { '1' });
        let group = AreaGroup { code, name, area_ids: ids.clone() };
        let number = self.columns.entry(Dimension::Area).or_default().add(Value::Areas(group), sort);
        self.area_groups.insert(ids, number);
        number
    }

    /// Forgets the values of a dimension, once nothing with their numbers is left.
    pub fn forget(&mut self, dimension: Dimension) {
        self.columns.remove(&dimension);
    }

    fn entry(&self, dimension: Dimension, number: u32) -> Option<&(Value, String)> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        self.columns.get(&dimension)?.values.get(place)
    }

    /// What a number stands for; nothing for 0.
    #[must_use]
    pub fn value(&self, dimension: Dimension, number: u32) -> Option<&Value> {
        self.entry(dimension, number).map(|(value, _)| value)
    }

    /// What a group is sorted by: its values in the order of `by`, those without one last.
    #[must_use]
    pub fn sort_key(&self, keys: &Keys, by: &[Dimension]) -> Vec<(bool, &str)> {
        by.iter()
            .map(|dimension| {
                let number = keys.get(*dimension);
                self.entry(*dimension, number).map_or((true, ""), |(_, sort)| (false, sort.as_str()))
            })
            .collect()
    }

    /// The order of what has these dimensions, as [`Self::sort_key`] has it, without a key for each.
    #[must_use]
    pub fn order(&self, by: &[Dimension]) -> Order {
        let places = |dimension: &Dimension| {
            let values = self.columns.get(dimension).map(|column| column.values.as_slice()).unwrap_or_default();
            let mut sorted: Vec<(&str, usize)> = values.iter().zip(0..).map(|((_, sort), at)| (sort.as_str(), at)).collect();
            sorted.sort_unstable();
            let mut places = vec![u32::MAX; values.len()];
            for (same, place) in sorted.chunk_by(|one, next| one.0 == next.0).zip(0_u32..) {
                for (_, at) in same {
                    places.get_mut(*at).into_iter().for_each(|own| *own = place);
                }
            }
            (*dimension, places)
        };
        Order(by.iter().map(places).collect())
    }

    /// The numbers of the records `ids`; for areas, of every group that holds one of them.
    #[must_use]
    pub fn numbers_of(&self, dimension: Dimension, ids: &HashSet<Id>) -> HashSet<u32> {
        if dimension == Dimension::Area {
            return self
                .area_groups
                .iter()
                .filter(|(group, _)| group.iter().any(|id| ids.contains(id)))
                .map(|(_, number)| *number)
                .collect();
        }
        let Some(column) = self.columns.get(&dimension) else { return HashSet::new() };
        ids.iter().filter_map(|id| column.by_id.get(id)).copied().collect()
    }

    /// The numbers of some words.
    #[must_use]
    pub fn numbers_of_words(&self, dimension: Dimension, words: &[String]) -> HashSet<u32> {
        let Some(column) = self.columns.get(&dimension) else { return HashSet::new() };
        words.iter().filter_map(|word| column.by_word.get(word)).copied().collect()
    }
}

/// Which value of a dimension comes before which: of each dimension, the place of each value among those of its column.
#[derive(Debug, Clone, Default)]
pub struct Order(Vec<(Dimension, Vec<u32>)>);

impl Order {
    /// Which of two comes first; what has no value comes last.
    #[must_use]
    pub fn compare(&self, one: &Keys, other: &Keys) -> Ordering {
        self.places(*one).cmp(self.places(*other))
    }

    fn places(&self, keys: Keys) -> impl Iterator<Item = u32> {
        self.0.iter().map(move |(dimension, places)| {
            let at = usize::try_from(keys.get(*dimension)).ok().and_then(|number| number.checked_sub(1));
            at.and_then(|at| places.get(at)).copied().unwrap_or(u32::MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str, name: &str) -> Named {
        Named { id: Id::new(), code: code.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn areas_stand_together_whatever_their_order() {
        let (birmingham, dudley) = (area("birmingham", "Birmingham"), area("dudley", "Dudley"));
        let names: Names = [&birmingham, &dudley].map(|area| (area.id, area.clone())).into();
        let mut values = Values::default();
        let both = values.areas(vec![dudley.id, birmingham.id], &names);
        let one = values.areas(vec![dudley.id], &names);
        assert_eq!(values.areas(vec![birmingham.id, dudley.id], &names), both);
        assert_ne!(both, one);
        assert_eq!(values.areas(Vec::new(), &names), 0);
        let group = values.value(Dimension::Area, both).and_then(Value::areas).unwrap();
        assert_eq!((group.code.as_str(), group.name.as_str()), ("birmingham;dudley", "several areas (Birmingham, Dudley)"));
        assert_eq!(values.numbers_of(Dimension::Area, &HashSet::from([dudley.id])), HashSet::from([both, one]));
        assert_eq!(values.numbers_of(Dimension::Area, &HashSet::from([birmingham.id])), HashSet::from([both]));
    }

    #[test]
    fn what_has_no_value_comes_last() {
        let mut values = Values::default();
        let theme = values.word(Dimension::Theme, Some("Sexual Violence"));
        let mut keys = Keys::default();
        let none = values.sort_key(&keys, &[Dimension::Theme]);
        keys.set(Dimension::Theme, theme);
        assert!(values.sort_key(&keys, &[Dimension::Theme]) < none);
        assert_eq!(values.order(&[Dimension::Theme]).compare(&keys, &Keys::default()), Ordering::Less);
        assert_eq!(values.order(&[Dimension::Fund]).compare(&keys, &Keys::default()), Ordering::Equal, "no fund in either");
        assert_eq!(values.word(Dimension::Theme, None), 0);
    }
}
