//! What funders have beside the board's pages: the claims that were certified to each.
//!
//! The board's papers are public, so a funder reads them beside its claims. A page of the board is looked at with the claims of each funder, one funder after
//! the other, and hides what any of them could work out. What only another funder knows is known to none of the others, so their claims are never put together.

use crate::kernel::{FinancialYear, Id, Moment, Refusal};
use crate::publishing::rules::pages::{Leaf, Place};
use crate::reports::board::counts::Beside;
use crate::reports::board::hiding::{Members, hidden_beside_tables};
use crate::reports::board::overlaps::{Made, Points};
use crate::reports::claim::{Telling, certified_of_year};
use crate::reports::indicators::store::IndicatorRow;
use crate::store::Conn;
use std::collections::BTreeSet;

/// What one funder has.
pub struct Funder {
    /// The claims that tell it.
    pub claims: Vec<Id>,
    /// What they tell.
    pub tellings: Vec<Telling>,
}

/// What each funder has of a year.
#[derive(Default)]
pub struct Funders(Vec<Funder>);

impl Funders {
    /// What they have by claims that were certified up to a moment, or at all.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn find(conn: &mut Conn, year: FinancialYear, until: Option<Moment>) -> Result<Self, Refusal> {
        certified_of_year(conn, year, until).map(Self)
    }

    /// The claims that tell it.
    pub fn claims(&self) -> Vec<Id> {
        let mut all: Vec<Id> = self.0.iter().flat_map(|one| one.claims.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether no funder has anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a page must hide of each member because of what one of the funders has, for each of them.
    pub fn hidden(
        &self,
        (members, indicators): (&Members<'_>, &[&IndicatorRow]),
        bare: &Leaf,
        leaves: &[Leaf],
        own: &[Points],
        beside: &Beside<'_>,
    ) -> Vec<Vec<BTreeSet<Place>>> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let signed = beside.earlier.made((members, indicators), beside.known.areas);
        let of = |funder: &Funder| {
            let tables = funder.tellings.iter().enumerate().map(|(at, telling)| telling.table(indicators, at)).collect();
            let made = signed.iter().map(|one| Made { page: one.page, points: one.points.clone() });
            let made = made.chain([Made { page: None, points: own.to_vec() }]).collect();
            hidden_beside_tables(members, (bare, leaves), made, tables)
        };
        self.0.iter().map(of).collect()
    }
}
