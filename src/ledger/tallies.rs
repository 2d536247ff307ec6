//! What records have had of budget lines, as at a day and known at a moment.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Add, Sub};

use chrono::NaiveDate;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::running::store::{KindRow, RunningRow};
use crate::ledger::running::{self, Window, Windows, windows};
use crate::ledger::store::{self, FlowRow, TallyRow};
use crate::store::Conn;

/// What records have had of budget lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies(HashMap<(Id, Id), (Holder, Tally)>);

impl Tallies {
    /// What had taken effect by a day and was recorded by a moment. Little is later than what is asked about now, so that is taken from what
    /// the ledger keeps; where `later_max` movements or more are later, running totals are read, and what is not folded into them yet is added up.
    /// Both give the same.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn at(conn: &mut Conn, as_at: NaiveDate, known_at: Moment, later_max: i64) -> Result<Self, Refusal> {
        if !store::is_much_later(conn, as_at, known_at, later_max)? {
            let later = store::flows_later(conn, as_at, known_at, later_max)?;
            if i64::try_from(later.len()).is_ok_and(|count| count < later_max) {
                return Ok(Self::kept(&store::tallies(conn, None, None)?).without(&later));
            }
        }
        let Some(folded_to) = running::store::folded_to(conn)? else {
            return Self::default().with(conn, &[Window::all(as_at, known_at)], Add::add);
        };
        let Windows { before, added, taken } = windows(as_at, known_at, folded_to);
        let totals = running::store::before(conn, before)?;
        let of = |row: &RunningRow| ((row.record_id, row.budget_line_id), (row.holder, row.tally()));
        let mut all = Self(totals.iter().map(of).collect()).with(conn, &added, Add::add)?.with(conn, &taken, Sub::sub)?;
        all.0.retain(|_, (_, tally)| tally.sides > 0);
        Ok(all)
    }

    /// With some movements added or taken away.
    fn with(mut self, conn: &mut Conn, windows: &[Window], by: impl Fn(Tally, Tally) -> Tally + Copy) -> Result<Self, Refusal> {
        for window in windows {
            for flow in store::flows(conn, window)?.iter().chain(&store::flows_carried(conn, window)?) {
                self.change(flow, by);
            }
        }
        Ok(self)
    }

    fn kept(rows: &[TallyRow]) -> Self {
        Self(rows.iter().map(|row| ((row.record_id, row.budget_line_id), (row.holder, row.tally()))).collect())
    }

    fn without(mut self, flows: &[FlowRow]) -> Self {
        for flow in flows {
            self.change(flow, Sub::sub);
        }
        self.0.retain(|_, (_, tally)| tally.sides > 0);
        self
    }

    fn change(&mut self, flow: &FlowRow, by: impl Fn(Tally, Tally) -> Tally) {
        let FlowRow { from_kind, from_id, from_line_id, to_kind, to_id, to_line_id, count, .. } = *flow;
        let amount = flow.amount.unwrap_or_default();
        let left = (from_kind.holder(), (from_id, from_line_id), Tally::of_left(from_kind, to_kind, amount, count));
        let reached = (to_kind.holder(), (to_id, to_line_id), Tally::of_reached(from_kind, to_kind, amount, count));
        for (holder, key, change) in [left, reached] {
            if let Some(holder) = holder {
                let sum = &mut self.0.entry(key).or_insert((holder, Tally::default())).1;
                *sum = by(*sum, change);
            }
        }
    }

    /// Those of one kind of record: record, budget line and sums.
    pub fn of_each(&self, holder: Holder) -> impl Iterator<Item = (Id, Id, Tally)> {
        self.0.iter().filter(move |(_, (of, _))| *of == holder).map(|((record, line), (_, tally))| (*record, *line, *tally))
    }
}

/// All movements from one kind of account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindTotal {
    /// Where they left.
    pub from_kind: AccountKind,
    /// Where they arrived.
    pub to_kind: AccountKind,
    /// How much, in pence.
    pub amount: Pence,
    /// How many.
    pub count: i64,
}

/// The whole ledger by kinds of account, as at a day and known at a moment: what every other sum must agree with. Months that are folded are read as
/// they were folded, apart from the totals by record; the rest straight from the movements.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn kinds(conn: &mut Conn, as_at: NaiveDate, known_at: Moment) -> Result<Vec<KindTotal>, Refusal> {
    let mut sums: BTreeMap<(AccountKind, AccountKind), (Pence, i64)> = BTreeMap::new();
    let mut add = |rows: Vec<KindRow>, sign: i64| {
        for (from, to, amount, count) in rows {
            let sum = sums.entry((from, to)).or_default();
            let amount = amount.unwrap_or_default();
            *sum = (if sign > 0 { sum.0 + amount } else { sum.0 - amount }, sum.1 + sign * count.unwrap_or_default());
        }
    };
    match running::store::folded_to(conn)? {
        None => add(running::store::kinds_within(conn, &Window::all(as_at, known_at))?, 1),
        Some(folded_to) => {
            let Windows { before, added, taken } = windows(as_at, known_at, folded_to);
            add(running::store::kinds_before(conn, before)?, 1);
            for window in &added {
                add(running::store::kinds_within(conn, window)?, 1);
            }
            for window in &taken {
                add(running::store::kinds_within(conn, window)?, -1);
            }
        }
    }
    let total = |((from_kind, to_kind), (amount, count))| KindTotal { from_kind, to_kind, amount, count };
    Ok(sums.into_iter().filter(|(_, (_, count))| *count > 0).map(total).collect())
}
