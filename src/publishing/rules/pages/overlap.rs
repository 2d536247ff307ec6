//! Figures of several pages that count some of the same. Pure.

use std::collections::BTreeSet;

use super::{Family, Leaf, Of, Page, Place, Readers};
use crate::kernel::Quantity;
use crate::publishing::rules::{Equation, fixed, is_small};

/// Of so many pieces of few people each selection is looked at; of more, the first.
const FEW_MAX: usize = 8;

/// Figures of a count that are made of the same pieces, one of these and another of those: what is in one of them and in no other is a piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Which count of the family.
    pub count: usize,
    /// How much each piece comes to.
    pub pieces: Vec<Quantity>,
    /// Each figure: on which of the earlier pages, or on the new one, at which place, and of which pieces.
    pub figures: Vec<(Option<usize>, Place, BTreeSet<usize>)>,
}

impl Readers {
    /// Figures that overlap: the pieces of each, and by how few people one is more than another one that it holds. A figure that is not the sum of its
    /// pieces tells nothing of them, and neither does one with a piece below nought.
    pub(super) fn overlap(&mut self, (family, leaf): (&Family, &[Page]), earlier: &[Leaf], (no, overlap): (usize, &Overlap)) {
        let mut known: Vec<(usize, usize, Quantity, &BTreeSet<usize>)> = Vec::new();
        let mut seen: Vec<&BTreeSet<usize>> = Vec::new();
        for (at, (page, place, of)) in overlap.figures.iter().enumerate() {
            let Some(leaf) = page.map_or(Some(leaf), |page| earlier.get(page).map(Vec::as_slice)) else { continue };
            let Some(value) = leaf.get(overlap.count).and_then(|page| page.figures.get(place)).copied() else { continue };
            let pieces: Vec<Quantity> = of.iter().filter_map(|piece| overlap.pieces.get(*piece)).copied().collect();
            let is_sum = pieces.iter().map(|piece| piece.0).sum::<i64>() == value.0 && pieces.iter().all(|piece| *piece >= Quantity::ZERO);
            let Some(figure) = self.figure((family, leaf), overlap.count, *place).filter(|_| is_sum) else { continue };
            let parts = of.iter().filter_map(|piece| Some(self.count(Of::Piece(no, *piece), *overlap.pieces.get(*piece)?))).collect();
            self.sums.insert((figure, parts));
            known.push((at, figure, value, of));
            seen.extend(Some(of).filter(|_| leaf.get(overlap.count).is_some_and(|page| page.shown.contains(place))));
        }
        for (at, figure, value, of) in &known {
            for (other, less, before, _) in known.iter().filter(|(.., held)| held.len() < of.len() && held.is_subset(of)) {
                let more = Quantity(value.0 - before.0);
                if is_small(more, family.below()) {
                    let more = self.count(Of::More(no, *at, *other), more);
                    self.sums.insert((*figure, vec![*less, more]));
                }
            }
        }
        self.together(family.below(), (no, overlap), &seen);
    }

    /// Pieces of few people of which what readers see tells what they come to together, and of none by itself: that is a count as well.
    fn together(&mut self, below: Quantity, (no, overlap): (usize, &Overlap), seen: &[&BTreeSet<usize>]) {
        let seen: Vec<Equation> = seen.iter().map(|of| of.iter().map(|piece| (*piece, 1)).collect()).collect();
        let is_few = |(_, value): &(usize, Quantity)| *value >= Quantity::ZERO && *value < below;
        let mut few: Vec<(usize, Quantity)> = overlap.pieces.iter().copied().enumerate().filter(is_few).collect();
        few.sort_by_key(|(_, value)| *value == Quantity::ZERO);
        few.truncate(FEW_MAX);
        for some in 1_usize..1 << few.len() {
            let own: Vec<(usize, Quantity)> = (0..).zip(&few).filter(|(at, _)| some >> at & 1 == 1).map(|(_, one)| *one).collect();
            let whole = Quantity(own.iter().map(|(_, value)| value.0).sum());
            let unknown = overlap.pieces.len();
            let together: Equation = own.iter().map(|(piece, _)| (*piece, -1)).chain([(unknown, 1)]).collect();
            if own.len() > 1 && is_small(whole, below) && fixed(seen.iter().cloned().chain([together])).contains(&unknown) {
                let whole = self.count(Of::Together(no, some), whole);
                let parts = own.iter().map(|(piece, value)| self.count(Of::Piece(no, *piece), *value)).collect();
                self.sums.insert((whole, parts));
            }
        }
    }
}
