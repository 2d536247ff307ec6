//! What runs beside the requests: sealing the audit chain, folding movements into running totals, delivering e-mail, making letters, sweeping the folder of files, ending what a day ends,
//! forgetting what need not be kept, tending the metrics, writing SQLite's log to its file.

use std::time::Duration;

use chrono::NaiveDate;

use crate::audit::Sealer;
use crate::awards;
use crate::documents::{Press, Shelf, Sweeping};
use crate::funds::budget_lines;
use crate::http::limit::Limits;
use crate::http::{idempotency, metrics};
use crate::kernel::{Id, Refusal, StoreFault};
use crate::ledger::Folding;
use crate::novations::letters::OfNovations;
use crate::outbox::{Delivery, Mailer};
use crate::returns::packing::acts as packing;
use crate::returns::reminders::acts as reminders;
use crate::store::checkpoint::Checkpointing;
use crate::store::worker::{Next, Worker};
use crate::store::{Conn, Db, Tx, WriteMeta};
use crate::variations;
use crate::variations::letters::{Making, OfVariations};

/// How often observations are gathered into the metrics, so that they take no room where nobody asks for them.
const TENDING: Duration = Duration::from_secs(5);
/// How many of those rounds go between two looks for callers whose limit need not be remembered: about a minute.
const ROUNDS_BETWEEN_TIDYING: u32 = 12;
/// How often the worker looks whether a day has ended something: at midnight in London the next look is at most so far away.
const DAYS: Duration = Duration::from_secs(3600);

/// The workers of one process. Dropping this lets each end its round, and waits for that.
pub struct Workers {
    _sealer: Sealer,
    _folding: Folding,
    _sweeping: Sweeping,
    _delivery: Option<Delivery>,
    _making: [Making; 2],
    _days: Worker,
    _tending: Worker,
    _checkpointing: Checkpointing,
}

impl Workers {
    /// Starts them. Without a mail server messages stay queued.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no threads.
    pub fn start(db: &Db, (shelf, press): (&Shelf, &Press), limits: &Limits, mailer: Option<Mailer>) -> Result<Self, StoreFault> {
        let (limits, mut rounds) = (limits.clone(), 0_u32);
        let tend = move |_: &tokio::runtime::Runtime| {
            metrics::registry().run_upkeep();
            if rounds.is_multiple_of(ROUNDS_BETWEEN_TIDYING) {
                limits.tidy();
            }
            rounds = rounds.wrapping_add(1);
            Next::Later
        };
        let ending = db.clone();
        let end = move |runtime: &tokio::runtime::Runtime| {
            runtime.block_on(async {
                end_what_is_past(&ending).await;
                batches(&ending, "idempotency.forget", idempotency::forget).await;
                batches(&ending, "return.pack", packing::pack_some).await;
            });
            Next::Later
        };
        Ok(Self {
            _sealer: Sealer::start(db.clone())?,
            _folding: Folding::start(db.clone())?,
            _sweeping: Sweeping::start(db.clone(), shelf.clone())?,
            _delivery: mailer.map(|mailer| Delivery::start(db.clone(), mailer)).transpose()?,
            _making: [
                Making::start::<OfVariations>(db.clone(), press.clone(), shelf.clone())?,
                Making::start::<OfNovations>(db.clone(), press.clone(), shelf.clone())?,
            ],
            _days: Worker::start("days", DAYS, end)?,
            _tending: Worker::start("metrics", TENDING, tend)?,
            _checkpointing: Checkpointing::start(db)?,
        })
    }
}

/// Ends what the passing of a day ends without anybody's act: offers and variations that were not answered in time, and at-risk
/// approvals whose last day is over; brings variations into force whose day has come; and reminds providers of returns. What merely falls due, a return for one, follows from the day when it is asked for.
async fn end_what_is_past(db: &Db) {
    each(db, "award.lapse", awards::acts::overdue, awards::acts::lapse).await;
    each(db, "return.remind", reminders::due, reminders::remind).await;
    each(db, "variation.lapse", variations::acts::overdue, variations::acts::lapse).await;
    each(db, "variation.apply", variations::acts::due, variations::acts::apply_on_its_day).await;
    each(db, "budget_line.end_at_risk", budget_lines::acts::expired, budget_lines::acts::end_expired).await;
}

/// Does what is to be done in batches, so that no transaction is long: forgets the answers to requests that nobody repeats any more, and packs the
/// values of returns that an earlier version of the service wrote.
async fn batches(db: &Db, act: &'static str, batch: fn(&mut Tx<'_>) -> Result<usize, Refusal>) {
    loop {
        match db.write(WriteMeta::system(act, "days"), batch).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(refusal) => {
                tracing::warn!(act, fault = %refusal, "a batch was not done, the next look will try again");
                break;
            }
        }
    }
}

/// Finds some of what is past its day, after the one that is named.
type Find = fn(&mut Conn, NaiveDate, Option<Id>) -> Result<Vec<Id>, Refusal>;
/// Ends one of them, and says whether that was still to be done.
type End = fn(&mut Tx<'_>, Id) -> Result<bool, Refusal>;

/// Ends each in a transaction of its own, with its events, so that one that cannot be ended keeps no other from its end: it is named in
/// the log and tried again at the next look. Each asks itself whether it is still to be ended, so replicas may do this at the same time
/// and nothing ends twice.
async fn each(db: &Db, act: &'static str, find: Find, end: End) {
    let today = db.clock().today();
    let (mut after, mut done, mut failed) = (None, 0_usize, 0_usize);
    loop {
        let found = match db.read(move |conn| find(conn, today, after)).await {
            Ok(found) => found,
            Err(refusal) => {
                tracing::warn!(act, fault = %refusal, "what is past its day was not found, the next look will try again");
                break;
            }
        };
        let Some(last) = found.last() else { break };
        after = Some(*last);
        for id in found {
            match db.write(WriteMeta::system(act, "days"), move |tx| end(tx, id)).await {
                Ok(is_done) => done += usize::from(is_done),
                Err(refusal) => {
                    failed += 1;
                    tracing::warn!(act, %id, fault = %refusal, "past its day and not ended, the next look will try again");
                }
            }
        }
    }
    if done + failed > 0 {
        tracing::info!(act, done, failed, "what a day ended");
    }
}
