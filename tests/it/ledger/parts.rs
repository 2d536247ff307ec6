//! What some records have had of budget lines is what they have of what all have.

use almoner::kernel::{Id, Moment};
use almoner::ledger::{Holder, Standing, Tallies, Tally};
use chrono::NaiveDate;

use super::Model;
use crate::support::App;

/// Asked for some records only, and for those of all kinds but one, it is what it is of all.
pub(super) fn compare(app: &App, model: &Model, (as_at, known_at): (NaiveDate, Moment), all: &Tallies) {
    let half: Vec<Id> = model.records.iter().step_by(2).copied().collect();
    let each = |tallies: &Tallies, is_asked: &dyn Fn(Holder, Id) -> bool| {
        let of = |holder: Holder| tallies.of_each(holder).map(move |(record, line, tally)| (holder, record, line, tally));
        let mut each: Vec<(Holder, Id, Id, Tally)> = Holder::ALL.iter().flat_map(|holder| of(*holder)).collect();
        each.retain(|(holder, record, _, _)| is_asked(*holder, *record));
        each.sort_by_key(|(holder, record, line, _)| (*holder, *record, *line));
        each
    };
    for later_max in [1_000_000, 0] {
        let records = half.clone();
        let parts = app.service.db.read(move |conn| {
            let standing = Standing::at(conn, as_at, known_at, later_max)?;
            Ok((standing.of(conn, &records)?, standing.but(conn, Holder::Award)?))
        });
        let (some, others) = app.wait(parts).unwrap();
        assert_eq!(each(&some, &|_, _| true), each(all, &|_, record| half.contains(&record)), "as at {as_at}, known at {known_at}");
        assert_eq!(each(&others, &|_, _| true), each(all, &|holder, _| holder != Holder::Award), "as at {as_at}, known at {known_at}");
    }
}
