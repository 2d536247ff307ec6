//! Writing to PostgreSQL: serialisable transactions, tried again after a conflict.
//!
//! An act that met a conflict queues before its next attempt: it takes session advisory locks on the ledger accounts that it
//! touched, in order, *before* `BEGIN`, so its snapshot is taken when its turn has come and the attempt succeeds. An act that comes
//! fresh shares these locks from just before its commit; where somebody has queued for one of them it gives way and queues too, so
//! that whoever waits is not overtaken again and again. It never waits for a lock inside its transaction.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool};

use crate::kernel::{Clock, Moment, Refusal, StoreFault};
use crate::store::Conn;
use crate::store::lane::{Connect, is_usable_after};
use crate::store::sql::MomentSql;
use crate::store::tx::{Follower, Tx, WriteJob};
use crate::store::write_sqlite::{as_fault, attempt};

/// How often an act is tried before its caller is told that the database is busy.
const ATTEMPTS_MAX: u32 = 30;

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
        while let Ok(mut job) = self.waiting.recv() {
            if job.is_late() {
                continue;
            }
            if open.is_none() {
                match (self.connect)() {
                    Ok(conn) => open = Some(conn),
                    Err(fault) => {
                        job.answer(Err(Refusal::Store(fault)));
                        continue;
                    }
                }
            }
            if let Some(conn) = open.as_mut() {
                let outcome = self.until_done(conn, job.as_mut());
                let usable = is_usable_after(&outcome);
                job.answer(outcome);
                if !usable {
                    open = None;
                }
            }
        }
    }

    fn until_done(&self, conn: &mut Conn, job: &mut dyn WriteJob) -> Result<(), Refusal> {
        let mut queue: Vec<i64> = Vec::new();
        let mut held = false;
        let mut outcome = Err(Refusal::Store(StoreFault::Unavailable("the database is busy".to_owned())));
        for number in 0..ATTEMPTS_MAX {
            if !held && !queue.is_empty() {
                lock(conn, &queue)?;
                held = true;
            }
            let (result, touched) = self.once(conn, job, if held { &queue } else { &[] });
            outcome = result;
            let Err(Refusal::Store(StoreFault::Conflict(_))) = &outcome else { break };
            metrics::counter!("almoner_write_conflicts_total").increment(1);
            if job.is_late() {
                break;
            }
            let more = touched.iter().any(|key| !queue.contains(key));
            if more {
                if held {
                    unlock(conn);
                    held = false;
                }
                queue.extend(touched);
                queue.sort_unstable();
                queue.dedup();
            } else {
                std::thread::sleep(jitter(number));
            }
        }
        if held {
            unlock(conn);
        }
        match outcome {
            Err(Refusal::Store(StoreFault::Conflict(why))) => Err(Refusal::Store(StoreFault::Unavailable(why))),
            other => other,
        }
    }

    /// One attempt in one transaction, and the accounts it touched. `held` are those for which its turn has come.
    fn once(&self, conn: &mut Conn, job: &mut dyn WriteJob, held: &[i64]) -> (Result<(), Refusal>, Vec<i64>) {
        let meta = job.meta().clone();
        let stamp = match self.begin(conn) {
            Ok(stamp) => stamp,
            Err(fault) => {
                let _ = conn.batch("ROLLBACK");
                return (Err(Refusal::Store(fault)), Vec::new());
            }
        };
        let mut tx = Tx::new(conn, &meta, stamp, Arc::clone(&self.followers));
        let outcome = attempt(job, &mut tx);
        let (kept, touched) = (tx.take_kept(), tx.take_touched());
        let outcome = outcome.and_then(|()| share(conn, &touched, held));
        let Err(refusal) = outcome else {
            let committed = conn.batch("COMMIT").map_err(Refusal::from);
            if committed.is_ok() {
                metrics::counter!("almoner_write_commits_total").increment(1);
                metrics::counter!("almoner_write_acts_total").increment(1);
            }
            if committed.is_err() {
                let _ = conn.batch("ROLLBACK");
            }
            return (committed, touched);
        };
        if let Err(error) = conn.batch("ROLLBACK") {
            return (Err(Refusal::from(error)), touched);
        }
        let conflict = matches!(refusal, Refusal::Store(StoreFault::Conflict(_)));
        if conflict || kept.is_empty() {
            return (Err(refusal), touched);
        }
        match self.keep(conn, &meta, kept, &refusal) {
            Ok(()) => (Err(refusal), touched),
            Err(fault) => (Err(fault), touched),
        }
    }

    fn keep(
        &self,
        conn: &mut Conn,
        meta: &crate::store::WriteMeta,
        kept: Vec<crate::store::tx::Kept>,
        refusal: &Refusal,
    ) -> Result<(), Refusal> {
        let stamp = self.begin(conn)?;
        let mut tx = Tx::new(conn, meta, stamp, Arc::clone(&self.followers));
        let mut outcome = Ok(());
        for work in kept {
            outcome = outcome.and_then(|()| work(&mut tx, refusal));
        }
        let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
        outcome.and(conn.batch(end).map_err(Refusal::from))
    }

    /// Begins, then reads the stamp in a second statement: by then the server shows this transaction to whoever asks for the
    /// watermark (see `watermark.rs`), so no report can pass a stamp that is still to be committed.
    fn begin(&self, conn: &mut Conn) -> Result<Moment, StoreFault> {
        conn.batch("BEGIN ISOLATION LEVEL SERIALIZABLE").map_err(as_fault)?;
        if let Clock::Fixed(at) = self.clock {
            return Ok(at);
        }
        on!(conn, c => diesel::select(diesel::dsl::sql::<MomentSql>("clock_timestamp()")).get_result(c)).map_err(as_fault)
    }
}

fn lock(conn: &mut Conn, keys: &[i64]) -> Result<(), StoreFault> {
    for key in keys {
        on!(conn, c => diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(*key).execute(c)).map_err(as_fault)?;
    }
    Ok(())
}

/// Shares the locks of `touched`, but for those in `held`, until the end of the transaction.
fn share(conn: &mut Conn, touched: &[i64], held: &[i64]) -> Result<(), Refusal> {
    let wanted: Vec<i64> = touched.iter().copied().filter(|key| !held.contains(key)).collect();
    let (Conn::Postgres(c), false) = (conn, wanted.is_empty()) else { return Ok(()) };
    let all = diesel::dsl::sql::<Bool>("(SELECT bool_and(pg_try_advisory_xact_lock_shared(key)) FROM unnest(")
        .bind::<Array<BigInt>, _>(wanted)
        .sql(") AS key)");
    let is_free: bool = diesel::select(all).get_result(&mut **c)?;
    let queued = || Refusal::Store(StoreFault::Conflict("another act has queued for the same account".to_owned()));
    if is_free { Ok(()) } else { Err(queued()) }
}

/// Gives all locks back. Where that fails the connection is lost, and the server gives them back itself.
fn unlock(conn: &mut Conn) {
    let _ = on!(conn, c => diesel::sql_query("SELECT pg_advisory_unlock_all()").execute(c));
}

/// 1 to 40 ms, more with each attempt, and different for each waiter.
fn jitter(attempt: u32) -> Duration {
    let mut byte = [0_u8; 1];
    // Without randomness the wait is merely the same for all.
    let _ = getrandom::fill(&mut byte);
    Duration::from_millis(u64::from(attempt.min(9)) * 2 + u64::from(byte[0] % 20) + 1)
}
