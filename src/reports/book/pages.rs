//! A book that is read award by award: some awards at a time, in the order in which they are listed, so that a table of them takes no more memory and
//! no longer to begin, however many there are. All of it is read in one snapshot, and its facts are those of the whole book.
//!
//! What an award stands with is read beside it, wherever that is listed: the returns of its parts, and the awards that go on with it.

use std::collections::{HashMap, HashSet};

use crate::awards::rules::Successors;
use crate::kernel::{Id, Refusal};
use crate::ledger::{self, Holder, Standing};
use crate::reports::asked::At;
use crate::reports::book::load::{LAST_DAY, LATER_MAX, Maker, Money, Needs, held, listed, shown, spent, successors, sum_of, whole_of};
use crate::reports::book::rules::{Dimension, Fact, Sums};
use crate::reports::book::store::{self, AwardRow};
use crate::reports::book::values::Values;
use crate::reports::book::whole::Whole;
use crate::reports::returned::{self, Parts};
use crate::store::Conn;

/// A book under way.
pub struct Pages {
    at: At,
    maker: Maker,
    /// What belongs to no award.
    apart: Vec<Fact>,
    standing: Standing,
    parts: Parts,
    by_whole: HashMap<Id, Vec<Id>>,
    left: std::vec::IntoIter<Id>,
    at_once: usize,
    /// What all facts until now come to.
    sums: Sums,
}

impl Pages {
    /// Begins the book of a day and a moment, of which `at_once` awards are read at a time.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn begin(conn: &mut Conn, at: At, needs: Needs, at_once: usize) -> Result<Self, Refusal> {
        let mut maker = Maker::new(conn, at, needs)?;
        maker.lines(conn, at)?;
        let apart = std::mem::take(&mut maker.facts);
        let standing = Standing::at(conn, at.as_at, at.known_at, LATER_MAX)?;
        let parts = returned::parts(conn, at)?;
        let left = in_order(conn, at)?.into_iter();
        Ok(Self { at, maker, apart, standing, by_whole: parts.by_whole(), parts, left, at_once, sums: Sums::default() })
    }

    /// What the numbers in the dimensions stand for. Those of awards hold until the next page.
    #[must_use]
    pub const fn values(&self) -> &Values {
        &self.maker.values
    }

    /// Whether there are awards still to be read.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.left.len() > 0
    }

    /// The facts of the next awards; nothing after the last.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn page(&mut self, conn: &mut Conn) -> Result<Option<Vec<Fact>>, Refusal> {
        let ids: Vec<Id> = self.left.by_ref().take(self.at_once).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        self.maker.values.forget(Dimension::Award);
        let money = self.money(conn, &ids)?;
        let rows = shown(conn, self.at, &ids, &money)?;
        let successors = self.successors(conn, &rows)?;
        self.maker.add_awards(conn, &rows, money, &successors)?;
        let facts = std::mem::take(&mut self.maker.facts);
        self.sums += sum_of(&facts);
        Ok(Some(facts))
    }

    /// The facts that belong to no award: of budget lines, fund periods, earmarks and tranches.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn rest(&mut self, conn: &mut Conn) -> Result<Vec<Fact>, Refusal> {
        let tallies = self.standing.but(conn, Holder::Award)?;
        self.maker.set_aside(conn, self.at, &tallies)?;
        let mut rest = std::mem::take(&mut self.apart);
        rest.append(&mut self.maker.facts);
        self.sums += sum_of(&rest);
        Ok(rest)
    }

    /// Whether all pages and the rest agree with the ledger, added up another way.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn is_balanced(&self, conn: &mut Conn) -> Result<bool, Refusal> {
        let (whole, _) = Whole::of(&ledger::kinds(conn, self.at.as_at, self.at.known_at)?);
        Ok(whole_of(&self.sums) == whole)
    }

    /// The money of some awards. What a part spends is its whole's.
    fn money(&self, conn: &mut Conn, ids: &[Id]) -> Result<Money, Refusal> {
        let held = held(&self.standing.of(conn, ids)?);
        let wholes = ids.iter().filter(|id| self.parts.whole_of(**id) == **id);
        let with_parts = |id: &Id| std::iter::once(*id).chain(self.by_whole.get(id).into_iter().flatten().copied());
        let reporting: Vec<Id> = wholes.flat_map(with_parts).collect();
        let spending = returned::spending_of(conn, self.at, &self.parts, &reporting)?;
        Ok(Money { held, spent: spent(&spending), spending })
    }

    /// The awards that go on with these, and those that go on with them in turn. It only matters where an award promises later years.
    fn successors(&self, conn: &mut Conn, rows: &[AwardRow]) -> Result<Successors, Refusal> {
        let mut all: Vec<AwardRow> = Vec::new();
        let mut seen: HashSet<Id> = HashSet::new();
        let mut last: Vec<Id> = rows.iter().filter(|row| row.forward.is_positive()).map(|row| row.id).collect();
        while !last.is_empty() {
            let mut next = store::ever_after(conn, &last)?;
            next.retain(|id| seen.insert(*id));
            let money = self.money(conn, &next)?;
            all.extend(shown(conn, self.at, &next, &money)?);
            last = next;
        }
        Ok(successors(&all))
    }
}

/// All awards in the order in which they are listed. Few were ever printed in a list, so only of those their versions are looked at.
fn in_order(conn: &mut Conn, at: At) -> Result<Vec<Id>, Refusal> {
    let mut places: HashMap<Id, Option<i32>> = HashMap::new();
    for some in store::ever_placed(conn)?.chunks(PLACED_AT_ONCE) {
        // One of which no version has taken effect yet is listed as it was known, as it is shown.
        for then in [at, At { as_at: LAST_DAY, ..at }] {
            let left: Vec<Id> = some.iter().copied().filter(|id| !places.contains_key(id)).collect();
            places.extend(store::some_awards(conn, then, &left)?.into_iter().map(|row| (row.id, row.position)));
        }
    }
    let of = |(id, reference): (Id, String)| (listed(places.get(&id).copied().flatten(), &reference), id);
    let mut all: Vec<(String, Id)> = store::references(conn)?.into_iter().map(of).collect();
    all.sort_unstable();
    Ok(all.into_iter().map(|(_, id)| id).collect())
}

/// How many awards that were printed in a list are read at a time.
const PLACED_AT_ONCE: usize = 1_000;
