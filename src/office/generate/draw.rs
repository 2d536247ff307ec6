//! Numbers drawn from a seed.

use crate::kernel::Pence;

/// A row of numbers that follows from its seed alone, the same on every machine: SplitMix64, good enough to spread figures about.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The numbers of one thing: `number` tells the things of a seed apart, so that each can be drawn by itself.
    #[must_use]
    pub const fn of(seed: u64, number: u64) -> Self {
        Self(mixed(mixed(seed) ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number from nought up to but not with `below`.
    pub fn below(&mut self, below: u32) -> u32 {
        u32::try_from(self.next() % u64::from(below.max(1))).unwrap_or(0)
    }

    /// True so many times out of a hundred.
    pub fn is_one_in(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// An amount of whole pounds and some pennies, between these pounds.
    pub fn pounds(&mut self, from: u32, to: u32) -> Pence {
        let pounds = from + self.below(to.saturating_sub(from).max(1));
        Pence(i64::from(pounds) * 100 + i64::from(self.below(100)))
    }
}

const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again_and_another_seed_gives_others() {
        let row = |seed, number| {
            let mut draw = Draw::of(seed, number);
            (0..8).map(|_| draw.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(row(1, 7), row(1, 7));
        assert_ne!(row(1, 7), row(2, 7));
        assert_ne!(row(1, 7), row(1, 8));
    }

    #[test]
    fn what_is_drawn_lies_within_its_bounds() {
        let mut draw = Draw::of(1, 1);
        for _ in 0..1000 {
            assert!(draw.below(3) < 3);
            assert!((Pence(50_000)..Pence(60_000)).contains(&draw.pounds(500, 600)));
        }
        assert_eq!(draw.below(0), 0);
    }
}
