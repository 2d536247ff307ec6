//! The worker that folds movements into running totals.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;

use crate::kernel::{Id, Moment, Refusal, StoreFault};
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::running::months::{Deltas, deltas, merged};
use crate::ledger::running::store::{self, MovedRow, RunningRow};
use crate::store::history;
use crate::store::watermark::watermark;
use crate::store::worker::{Next, Worker};
use crate::store::{Conn, Db, WriteMeta};

/// How long the worker rests when everything is folded.
const PAUSE: Duration = Duration::from_secs(20);
/// How many movements are folded in one transaction.
const BATCH: i64 = 2_000;
/// Of how many records the totals are written at a time.
const RECORDS: usize = 500;

/// The worker. Several, in several processes, may serve one database: a lock lets one at a time fold.
pub struct Folding {
    _worker: Worker,
}

impl Folding {
    /// Starts folding.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread.
    pub fn start(db: Db) -> Result<Self, StoreFault> {
        let round = move |runtime: &tokio::runtime::Runtime| match runtime.block_on(fold(&db)) {
            Ok(0) => Next::Later,
            Ok(_) => Next::AtOnce,
            Err(refusal) => {
                tracing::warn!(fault = %refusal, "movements were not folded into running totals, the next look will try again");
                Next::Later
            }
        };
        Worker::start("ledger-fold", PAUSE, round).map(|worker| Self { _worker: worker })
    }
}

/// Folds some movements behind which nothing can appear any more, and says how many those were: none before history is closed, since until then an import
/// may record one at any earlier moment.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub async fn fold(db: &Db) -> Result<usize, Refusal> {
    let (from, to, moved) = db.read(unfolded).await?;
    if moved.is_empty() {
        return Ok(0);
    }
    // Worked out here, so that the writing thread has none of the work.
    let count = moved.len();
    let (deltas, kinds) = deltas(&moved);
    db.write(WriteMeta::system("ledger.fold", "ledger"), move |tx| {
        // Where another replica has folded meanwhile, the next round begins where it ended.
        if !store::lock(tx.conn())? || store::folded_to(tx.conn())? != from {
            return Ok(0);
        }
        add(tx.conn(), &deltas)?;
        store::add_kinds(tx.conn(), &kinds)?;
        store::keep_folded_to(tx.conn(), to)?;
        Ok(count)
    })
    .await
}

/// Up to which moment everything is folded, up to which it will be, and the movements between.
fn unfolded(conn: &mut Conn) -> Result<(Option<Moment>, Moment, Vec<MovedRow>), Refusal> {
    // Asked before the movements: all that this watermark promises is then there to be seen.
    let up_to = watermark(conn)?;
    let from = store::folded_to(conn)?;
    if !history::is_closed(conn)? {
        return Ok((from, up_to, Vec::new()));
    }
    let some = store::moved(conn, from, up_to, Some(BATCH))?;
    let is_all = i64::try_from(some.len()).is_ok_and(|count| count < BATCH);
    match some.last() {
        // All that was recorded at the same moment is folded together.
        Some(last) if !is_all => Ok((from, last.recorded_at, store::moved(conn, from, last.recorded_at, None)?)),
        _ => Ok((from, up_to, some)),
    }
}

/// The totals of one record and budget line.
type Totals = BTreeMap<(Id, Id), (Holder, Vec<(NaiveDate, Tally)>)>;

fn add(conn: &mut Conn, deltas: &Deltas) -> Result<(), Refusal> {
    let mut records: Vec<Id> = deltas.keys().map(|(record, _)| *record).collect();
    records.dedup();
    let none = BTreeMap::new();
    for some in records.chunks(RECORDS) {
        let mut totals = Totals::new();
        for row in store::of_records(conn, some)? {
            let of = totals.entry((row.record_id, row.budget_line_id)).or_insert((row.holder, Vec::new()));
            of.1.push((row.month, row.tally()));
        }
        let (Some(first), Some(last)) = (some.first(), some.last()) else { continue };
        let changed = deltas.iter().filter(|((record, _), _)| first <= record && record <= last);
        for (key, (holder, _)) in changed {
            totals.entry(*key).or_insert((*holder, Vec::new()));
        }
        let rows: Vec<RunningRow> = totals
            .iter()
            .flat_map(|(key, (holder, totals))| {
                let changes = deltas.get(key).map_or(&none, |(_, changes)| changes);
                merged(totals, changes).into_iter().map(|month| RunningRow::of(*key, *holder, month))
            })
            .collect();
        store::replace(conn, some, &rows)?;
    }
    Ok(())
}
