//! What records have had of budget lines, as at a day and known at a moment.

mod store;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{Add, Sub};

use chrono::NaiveDate;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::running::store::{KindRow, RunningRow};
use crate::ledger::running::{self, Window, Windows, windows};
use crate::ledger::store::{self as ledger, FlowRow, TallyRow};
use crate::store::Conn;

/// What records have had of budget lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies(HashMap<(Id, Id), (Holder, Tally)>);

/// What records have had of budget lines by a day and a moment, asked for a few records at a time. All of it must be asked in one snapshot, since what the
/// ledger keeps goes on.
#[derive(Debug)]
pub struct Standing {
    base: Base,
    /// What is to be added to that.
    changes: Tallies,
}

/// What the sums begin with.
#[derive(Debug, Clone, Copy)]
enum Base {
    /// What the ledger keeps, of all movements.
    Kept,
    /// The running totals of the months before a day.
    Before(NaiveDate),
    /// Nothing: everything is added up.
    Nothing,
}

/// Of so many movements that are folded one may have to be taken away again, before it is less work to add up the others.
const TAKEN_ONE_IN: i64 = 8;
/// How many are always taken away.
const TAKEN: i64 = 10;

/// Up to which moment movements are folded, where a question that is known at a moment goes by the totals: not where none are kept yet, nor where much of them
/// was not known by then.
fn folded_for(conn: &mut Conn, known_at: Moment) -> Result<Option<Moment>, Refusal> {
    let folded_to = running::store::folded_to(conn)?;
    if folded_to.is_none_or(|folded_to| known_at >= folded_to) {
        return Ok(folded_to);
    }
    let most = TAKEN.max(store::folded(conn)? / TAKEN_ONE_IN);
    let is_much = store::is_beyond(conn, known_at, most)?;
    Ok(folded_to.filter(|_| !is_much))
}

impl Standing {
    /// What had taken effect by a day and was recorded by a moment. Little is later than what is asked about now, so that is taken from what
    /// the ledger keeps; where `later_max` movements or more are later, running totals are read, and what is not folded into them yet is added up.
    /// Both give the same.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn at(conn: &mut Conn, as_at: NaiveDate, known_at: Moment, later_max: i64) -> Result<Self, Refusal> {
        if !ledger::is_much_later(conn, as_at, known_at, later_max)? {
            let later = ledger::flows_later(conn, as_at, known_at, later_max)?;
            if i64::try_from(later.len()).is_ok_and(|count| count < later_max) {
                let mut changes = Tallies::default();
                later.iter().for_each(|flow| changes.change(flow, Sub::sub));
                return Ok(Self { base: Base::Kept, changes });
            }
        }
        let Some(folded_to) = folded_for(conn, known_at)? else {
            let changes = Tallies::default().with(conn, &[Window::all(as_at, known_at)], Add::add)?;
            return Ok(Self { base: Base::Nothing, changes });
        };
        let Windows { before, added, taken } = windows(as_at, known_at, folded_to);
        let changes = Tallies::default().with(conn, &added, Add::add)?.with(conn, &taken, Sub::sub)?;
        Ok(Self { base: Base::Before(before), changes })
    }

    /// Of all records.
    fn all(self, conn: &mut Conn) -> Result<Tallies, Refusal> {
        let all = match self.base {
            Base::Kept => Tallies::kept(&ledger::tallies(conn, None, None)?),
            Base::Before(day) => Tallies::folded(&running::store::before(conn, day)?),
            Base::Nothing => return Ok(self.changes),
        };
        Ok(all.and(&self.changes, |_, _| true))
    }

    /// Of some records.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn of(&self, conn: &mut Conn, records: &[Id]) -> Result<Tallies, Refusal> {
        let some = match self.base {
            Base::Kept => Tallies::kept(&store::of_records(conn, records)?),
            Base::Before(day) => Tallies::folded(&running::store::before_of(conn, day, records)?),
            Base::Nothing => Tallies::default(),
        };
        let asked: HashSet<Id> = records.iter().copied().collect();
        Ok(some.and(&self.changes, |record, _| asked.contains(&record)))
    }

    /// Of the records of all kinds but one.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn but(&self, conn: &mut Conn, left_out: Holder) -> Result<Tallies, Refusal> {
        let others = match self.base {
            Base::Kept => Tallies::kept(&store::but(conn, left_out)?),
            Base::Before(day) => Tallies::folded(&running::store::before_but(conn, day, left_out)?),
            Base::Nothing => Tallies::default(),
        };
        Ok(others.and(&self.changes, |_, holder| holder != left_out))
    }
}

impl Tallies {
    /// What had taken effect by a day and was recorded by a moment, of all records ([`Standing::at`]).
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn at(conn: &mut Conn, as_at: NaiveDate, known_at: Moment, later_max: i64) -> Result<Self, Refusal> {
        Standing::at(conn, as_at, known_at, later_max)?.all(conn)
    }

    /// With some movements added or taken away.
    fn with(mut self, conn: &mut Conn, windows: &[Window], by: impl Fn(Tally, Tally) -> Tally + Copy) -> Result<Self, Refusal> {
        for window in windows {
            for flow in ledger::flows(conn, window)?.iter().chain(&ledger::flows_carried(conn, window)?) {
                self.change(flow, by);
            }
        }
        Ok(self)
    }

    fn kept(rows: &[TallyRow]) -> Self {
        Self(rows.iter().map(|row| ((row.record_id, row.budget_line_id), (row.holder, row.tally()))).collect())
    }

    fn folded(rows: &[RunningRow]) -> Self {
        Self(rows.iter().map(|row| ((row.record_id, row.budget_line_id), (row.holder, row.tally()))).collect())
    }

    /// With those of some changes that are asked for, and without what a record had nothing of then.
    fn and(mut self, changes: &Self, is_asked: impl Fn(Id, Holder) -> bool) -> Self {
        for ((record, line), (holder, change)) in changes.0.iter().filter(|((record, _), (holder, _))| is_asked(*record, *holder)) {
            let sum = &mut self.0.entry((*record, *line)).or_insert((*holder, Tally::default())).1;
            *sum = *sum + *change;
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
    match folded_for(conn, known_at)? {
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
