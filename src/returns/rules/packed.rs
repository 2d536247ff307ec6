//! The values of a content in one piece of bytes, so that a report reads one row for a return and not one for each of its values.
//!
//! First come the ids that the values name and the texts, each once, then the values, which name both by their place.

use std::sync::Arc;

use super::{IndicatorValue, Reported};
use crate::kernel::{Id, Quantity};

/// Which way of packing this is; the first byte.
const WAY: u8 = 1;

/// A value as it was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedValue {
    /// What it counts.
    pub indicator_id: Id,
    /// Where; none for all areas together.
    pub area_id: Option<Id>,
    /// Of which group; none for all of them.
    pub group: Option<Arc<str>>,
    /// Whether there is a value.
    pub status: Reported,
    /// The value, or the numerator.
    pub value: Option<Quantity>,
    /// The denominator.
    pub denominator: Option<Quantity>,
    /// What exactly is counted.
    pub basis: Option<Arc<str>>,
}

impl PackedValue {
    /// Whether it says what the content says.
    #[must_use]
    pub fn is(&self, one: &IndicatorValue) -> bool {
        (self.indicator_id, self.area_id, self.status) == (one.indicator_id, one.area_id, one.status)
            && (self.value, self.denominator) == (one.value, one.denominator)
            && (self.group.as_deref(), self.basis.as_deref()) == (one.group.as_deref(), one.basis.as_deref())
    }
}

/// What a value has beside its indicator and status, bit by bit.
mod has {
    pub const AREA: u8 = 4;
    pub const VALUE: u8 = 8;
    pub const DENOMINATOR: u8 = 16;
    pub const BASIS: u8 = 32;
    pub const GROUP: u8 = 64;
}
/// The bits that hold the status.
const STATUS: u8 = 3;

/// Things by their places.
struct Listed<'v, T: ?Sized>(Vec<&'v T>);

impl<'v, T: ?Sized + PartialEq> Listed<'v, T> {
    fn of(all: impl Iterator<Item = &'v T>) -> Self {
        let mut listed = Vec::new();
        for one in all {
            if !listed.contains(&one) {
                listed.push(one);
            }
        }
        Self(listed)
    }

    fn place(&self, wanted: &T) -> u64 {
        self.0.iter().position(|one| *one == wanted).and_then(|at| u64::try_from(at).ok()).unwrap_or_default()
    }
}

fn length<T>(all: &[T]) -> u64 {
    u64::try_from(all.len()).unwrap_or_default()
}

/// Packs values in their order.
#[must_use]
pub fn pack(values: &[IndicatorValue]) -> Vec<u8> {
    let ids = Listed::of(values.iter().flat_map(|one| std::iter::once(&one.indicator_id).chain(&one.area_id)));
    let texts = Listed::of(values.iter().flat_map(|one| [&one.basis, &one.group]).filter_map(|text| text.as_deref()));
    let mut bytes = vec![WAY];
    put(&mut bytes, length(&ids.0));
    ids.0.iter().for_each(|id| bytes.extend_from_slice(id.0.as_bytes()));
    put(&mut bytes, length(&texts.0));
    for text in &texts.0 {
        put(&mut bytes, length(text.as_bytes()));
        bytes.extend_from_slice(text.as_bytes());
    }
    put(&mut bytes, length(values));
    for one in values {
        put(&mut bytes, ids.place(&one.indicator_id));
        bytes.push(flags(one));
        one.area_id.iter().for_each(|id| put(&mut bytes, ids.place(id)));
        [one.value, one.denominator].iter().flatten().for_each(|number| put(&mut bytes, folded(number.0)));
        [&one.basis, &one.group].into_iter().flatten().for_each(|text| put(&mut bytes, texts.place(text)));
    }
    bytes
}

fn flags(one: &IndicatorValue) -> u8 {
    let status = match one.status {
        Reported::Reported => 0,
        Reported::NotReported => 1,
        Reported::NotApplicable => 2,
    };
    let bits = [
        (one.area_id.is_some(), has::AREA),
        (one.value.is_some(), has::VALUE),
        (one.denominator.is_some(), has::DENOMINATOR),
        (one.basis.is_some(), has::BASIS),
        (one.group.is_some(), has::GROUP),
    ];
    bits.into_iter().filter(|(is_there, _)| *is_there).fold(status, |all, (_, bit)| all | bit)
}

/// Seven bits a byte, the lowest first; the eighth says that more follows.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & 0x7f);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// A number whose size and not whose sign says how long it is.
const fn folded(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

const fn unfolded(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

/// What is left to be read.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn count(&mut self) -> Option<usize> {
        self.number().and_then(|number| usize::try_from(number).ok())
    }

    fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (first, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(first)
    }

    fn quantity(&mut self) -> Option<Quantity> {
        self.number().map(|number| Quantity(unfolded(number)))
    }

    fn named<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let at = self.count()?;
        all.get(at).cloned()
    }

    fn value(&mut self, ids: &[Id], texts: &[Arc<str>]) -> Option<PackedValue> {
        let indicator_id = self.named(ids)?;
        let flags = self.byte()?;
        let status = match flags & STATUS {
            0 => Reported::Reported,
            1 => Reported::NotReported,
            2 => Reported::NotApplicable,
            _ => return None,
        };
        let has = |bit: u8| flags & bit != 0;
        Some(PackedValue {
            indicator_id,
            status,
            area_id: if has(has::AREA) { Some(self.named(ids)?) } else { None },
            value: if has(has::VALUE) { Some(self.quantity()?) } else { None },
            denominator: if has(has::DENOMINATOR) { Some(self.quantity()?) } else { None },
            basis: if has(has::BASIS) { Some(self.named(texts)?) } else { None },
            group: if has(has::GROUP) { Some(self.named(texts)?) } else { None },
        })
    }
}

/// The values that were packed; nothing where the bytes are none of this making.
#[must_use]
pub fn unpack(bytes: &[u8]) -> Option<Vec<PackedValue>> {
    let mut rest = Rest(bytes);
    if rest.byte()? != WAY {
        return None;
    }
    let id = |bytes: &[u8]| uuid::Uuid::from_slice(bytes).ok().map(Id);
    let ids: Vec<Id> = (0..rest.count()?).map(|_| rest.bytes(16).and_then(id)).collect::<Option<_>>()?;
    let mut texts: Vec<Arc<str>> = Vec::new();
    for _ in 0..rest.count()? {
        let length = rest.count()?;
        texts.push(std::str::from_utf8(rest.bytes(length)?).ok()?.into());
    }
    let values: Vec<PackedValue> = (0..rest.count()?).map(|_| rest.value(&ids, &texts)).collect::<Option<_>>()?;
    rest.0.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Vec<IndicatorValue>> {
        let ids: Vec<Id> = (0..6).map(|_| Id::new()).collect();
        let words = || prop::option::of(prop::sample::select(vec!["women", "men", "", "those who answered, ½"]).prop_map(str::to_owned));
        let number = || prop::option::of(prop_oneof![any::<i64>(), -2_000..2_000_i64].prop_map(Quantity));
        let id = prop::sample::select(ids);
        let status = prop::sample::select(Reported::ALL.to_vec());
        let one = (id.clone(), prop::option::of(id), words(), status, number(), number(), words());
        let value = one.prop_map(|(indicator_id, area_id, group, status, value, denominator, basis)| IndicatorValue {
            indicator_id,
            area_id,
            group,
            status,
            value,
            denominator,
            basis,
        });
        prop::collection::vec(value, 0..40)
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_the_same(values in values()) {
            let unpacked = unpack(&pack(&values)).unwrap();
            prop_assert_eq!(unpacked.len(), values.len());
            prop_assert!(unpacked.iter().zip(&values).all(|(one, value)| one.is(value)));
        }

        #[test]
        fn what_was_cut_or_is_none_is_refused(values in values(), cut in 1_usize..30, noise in prop::collection::vec(any::<u8>(), 0..60)) {
            let bytes = pack(&values);
            prop_assert!(unpack(&bytes[..bytes.len().saturating_sub(cut)]).is_none());
            // Whatever the bytes are, they are read or refused.
            let _ = unpack(&noise);
        }
    }

    #[test]
    fn values_of_a_return_take_little() {
        let (indicators, areas) = ((0..12).map(|_| Id::new()).collect::<Vec<_>>(), (0..7).map(|_| Id::new()).collect::<Vec<_>>());
        let place = indicators.iter().flat_map(|indicator| areas.iter().map(move |area| (*indicator, *area)));
        let value = |(indicator_id, area_id)| IndicatorValue {
            indicator_id,
            area_id: Some(area_id),
            group: None,
            status: Reported::Reported,
            value: Some(Quantity::whole(150)),
            denominator: None,
            basis: None,
        };
        let bytes = pack(&place.map(value).collect::<Vec<_>>());
        assert!(bytes.len() < 1_000, "{} bytes for 84 values", bytes.len());
    }
}
