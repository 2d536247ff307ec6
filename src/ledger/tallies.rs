//! What records have had of budget lines, as at a day and known at a moment.

use std::collections::HashMap;
use std::ops::{Add, Sub};

use chrono::NaiveDate;

use crate::kernel::{Id, Moment, Refusal};
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::store::{self, FlowRow, TallyRow};
use crate::store::Conn;

/// What records have had of budget lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies(HashMap<(Id, Id), (Holder, Tally)>);

impl Tallies {
    /// What had taken effect by a day and was recorded by a moment. Little is later than what is asked about now, so that is taken from what
    /// the ledger keeps; where `later_max` movements or more are later, those that count are added up instead. Both give the same.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn at(conn: &mut Conn, as_at: NaiveDate, known_at: Moment, later_max: i64) -> Result<Self, Refusal> {
        let later = store::flows_later(conn, as_at, known_at, later_max)?;
        if i64::try_from(later.len()).is_ok_and(|count| count < later_max) {
            return Ok(Self::kept(&store::tallies(conn, None, None)?).without(&later));
        }
        let mut flows = store::flows(conn, as_at, known_at)?;
        flows.extend(store::flows_carried(conn, as_at, known_at)?);
        Ok(Self::of(&flows))
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

    fn of(flows: &[FlowRow]) -> Self {
        let mut all = Self::default();
        for flow in flows {
            all.change(flow, Add::add);
        }
        all
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
