//! The programmes of a quarter and how far they had come.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Quarter, Refusal};
use crate::reports::asked::At;
use crate::reports::board::rows::{BoardProgramme, BoardRow};
use crate::reports::board::stages::{Said, Stage, on};
use crate::reports::board::store;
use crate::reports::names::Names;
use crate::store::Conn;

/// A programme as it was known.
#[derive(Default)]
struct Known {
    said: Vec<Said>,
    days: (Option<NaiveDate>, Option<NaiveDate>),
}

/// What was known of programmes.
pub struct Programmes(HashMap<Id, Known>);

impl Programmes {
    /// As known at a moment.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    pub fn find(conn: &mut Conn, at: At) -> Result<Self, Refusal> {
        let mut all: HashMap<Id, Known> = HashMap::new();
        for (id, noted_at, stage, since, starts_on, ends_on) in store::programmes(conn, at.known_at)? {
            let one = all.entry(id).or_default();
            one.said.push(Said { noted_on: noted_at.london_day(), stage, since });
            one.days = (starts_on, ends_on);
        }
        Ok(Self(all))
    }

    /// How far one had come on the last day of a quarter.
    pub fn stage(&self, id: Option<Id>, quarter: Quarter) -> Stage {
        id.and_then(|id| self.0.get(&id)).map_or((None, None), |one| on(&one.said, quarter.last_day()))
    }

    /// Those that had begun by the end of a quarter and had not ended before it, and those with figures, by code.
    pub fn of(&self, quarter: Quarter, names: &Names, rows: &[BoardRow]) -> Vec<BoardProgramme> {
        let mut counts: HashMap<Id, i64> = HashMap::new();
        for id in rows.iter().filter_map(|row| row.programme.as_ref()).map(|programme| programme.id) {
            *counts.entry(id).or_default() += 1;
        }
        let is_of = |known: &Known| {
            let (starts_on, ends_on) = known.days;
            starts_on.is_none_or(|day| day <= quarter.last_day()) && ends_on.is_none_or(|day| day >= quarter.first_day())
        };
        let of = self.0.iter().filter(|(id, known)| is_of(known) || counts.contains_key(id));
        let shown = of.filter_map(|(id, known)| {
            let (stage, stage_since_on) = on(&known.said, quarter.last_day());
            let row_count = counts.get(id).copied().unwrap_or_default();
            Some(BoardProgramme { programme: names.get(id)?.clone(), stage, stage_since_on, row_count })
        });
        let mut all: Vec<BoardProgramme> = shown.collect();
        all.sort_by(|a, b| a.programme.code.cmp(&b.programme.code));
        all
    }
}
