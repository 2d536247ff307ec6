//! Writing to SQLite: one thread, group commit.
//!
//! Each act has its own savepoint inside a shared `BEGIN IMMEDIATE … COMMIT`, so one flush to disk serves up to 64 acts, and a
//! refused act undoes only itself. Answers go out after the commit: an acknowledged act is on disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::Receiver;
use diesel::connection::AnsiTransactionManager;
use diesel::prelude::*;

use crate::kernel::{Clock, Moment, Refusal, StoreFault};
use crate::store::Conn;
use crate::store::lane::{Connect, panic_text};
use crate::store::schema::store_clock;
use crate::store::sql::Prepare;
use crate::store::tx::{Follower, Tx, WriteJob};

/// How many acts one commit may carry.
const BATCH_MAX: usize = 64;

pub(super) struct Writer {
    pub waiting: Receiver<Box<dyn WriteJob>>,
    pub connect: Connect,
    pub clock: Clock,
    pub followers: Arc<[Follower]>,
}

impl Writer {
    /// Serves until the queue is closed.
    pub fn serve(&self) {
        let mut open: Option<Conn> = None;
        while let Ok(first) = self.waiting.recv() {
            let mut batch = vec![first];
            batch.extend(self.waiting.try_iter().take(BATCH_MAX - 1));
            if open.is_none() {
                match (self.connect)().and_then(nesting) {
                    Ok(conn) => open = Some(conn),
                    Err(fault) => {
                        answer_all(batch.into_iter(), &fault);
                        continue;
                    }
                }
            }
            if let Some(conn) = open.as_mut()
                && !self.commit_batch(conn, batch)
            {
                open = None;
            }
        }
    }

    /// Runs and answers a batch. False where the connection must be made anew.
    fn commit_batch(&self, conn: &mut Conn, batch: Vec<Box<dyn WriteJob>>) -> bool {
        let mut stamp = match begin(conn) {
            Ok(last) => last,
            Err(fault) => {
                answer_all(batch.into_iter(), &fault);
                let _ = conn.batch("ROLLBACK");
                return false;
            }
        };
        let mut done: Vec<(Box<dyn WriteJob>, Result<(), Refusal>)> = Vec::with_capacity(batch.len());
        let mut jobs = batch.into_iter();
        for mut job in jobs.by_ref() {
            if job.is_late() {
                continue;
            }
            stamp = self.clock.now().max(stamp.next());
            match self.run(conn, job.as_mut(), stamp) {
                Ok(outcome) => done.push((job, outcome)),
                Err(fault) => {
                    // The savepoint itself failed: nothing of this batch can be trusted to commit.
                    done.push((job, Err(Refusal::Store(fault.clone()))));
                    let _ = conn.batch("ROLLBACK");
                    answer_all(done.into_iter().map(|(job, _)| job).chain(jobs), &fault);
                    return false;
                }
            }
        }
        match finish(conn, stamp) {
            Ok(()) => {
                metrics::counter!("almoner_write_commits_total").increment(1);
                metrics::counter!("almoner_write_acts_total").increment(u64::try_from(done.len()).unwrap_or(0));
                for (job, outcome) in done {
                    job.answer(outcome);
                }
                true
            }
            Err(fault) => {
                let _ = conn.batch("ROLLBACK");
                answer_all(done.into_iter().map(|(job, _)| job), &fault);
                false
            }
        }
    }

    /// One act in its savepoint. The outer error is the savepoint's own failure.
    fn run(&self, conn: &mut Conn, job: &mut dyn WriteJob, stamp: Moment) -> Result<Result<(), Refusal>, StoreFault> {
        control(conn, "SAVEPOINT act")?;
        let meta = job.meta().clone();
        let mut tx = Tx::new(conn, &meta, stamp, Arc::clone(&self.followers));
        let outcome = attempt(job, &mut tx);
        let kept = tx.take_kept();
        let Err(refusal) = outcome else {
            control(conn, "RELEASE act")?;
            return Ok(Ok(()));
        };
        control(conn, "ROLLBACK TO act")?;
        let mut tx = Tx::new(conn, &meta, stamp, Arc::clone(&self.followers));
        let mut keeping = Ok(());
        for work in kept {
            keeping = keeping.and_then(|()| work(&mut tx, &refusal));
        }
        control(conn, if keeping.is_ok() { "RELEASE act" } else { "ROLLBACK TO act; RELEASE act" })?;
        // Where the record of a refusal cannot be kept, the caller hears of that failure instead.
        Ok(keeping.and(Err(refusal)))
    }
}

/// Runs the closure, with a panic caught and answered as a fault of ours.
pub(super) fn attempt(job: &mut dyn WriteJob, tx: &mut Tx<'_>) -> Result<(), Refusal> {
    catch_unwind(AssertUnwindSafe(|| job.attempt(tx))).unwrap_or_else(|panic| Err(Refusal::broken(panic_text(panic.as_ref()))))
}

fn answer_all(jobs: impl Iterator<Item = Box<dyn WriteJob>>, fault: &StoreFault) {
    for job in jobs {
        job.answer(Err(Refusal::Store(fault.clone())));
    }
}

fn control(conn: &mut Conn, sql: &str) -> Result<(), StoreFault> {
    conn.batch(sql).map_err(as_fault)
}

pub(super) fn as_fault(error: diesel::result::Error) -> StoreFault {
    match Refusal::from(error) {
        Refusal::Store(fault) => fault,
        other => StoreFault::Broken(other.to_string()),
    }
}

/// Tells Diesel that a transaction is open, which it is whenever an act runs: what Diesel does in a transaction of its own, such as
/// inserting several rows with optional columns, then runs in a savepoint instead of failing at a second `BEGIN`.
fn nesting(mut conn: Conn) -> Result<Conn, StoreFault> {
    if let Conn::Sqlite(sqlite) = &mut conn {
        AnsiTransactionManager::begin_transaction_sql(&mut **sqlite, "SELECT 1").map_err(as_fault)?;
    }
    Ok(conn)
}

/// Takes the write lock and reads the last stamp, which another process (an import at the command line) may have moved on.
fn begin(conn: &mut Conn) -> Result<Moment, StoreFault> {
    control(conn, "BEGIN IMMEDIATE")?;
    on!(conn, c => store_clock::table.select(store_clock::recorded_at).first(c)).map_err(as_fault)
}

fn finish(conn: &mut Conn, stamp: Moment) -> Result<(), StoreFault> {
    on!(conn, c => diesel::update(store_clock::table).set(store_clock::recorded_at.eq(stamp)).prepared().execute(c)).map_err(as_fault)?;
    control(conn, "COMMIT")
}
