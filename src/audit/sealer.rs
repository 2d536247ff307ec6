//! The worker that links committed events into the chain.

use std::time::Duration;

use crate::audit::rules::{self, BEGINNING};
use crate::audit::store::{self, EventRow, Head, SealRow};
use crate::kernel::{Moment, Refusal, StoreFault};
use crate::store::watermark::watermark;
use crate::store::worker::{Next, Worker};
use crate::store::{Conn, Db, WriteMeta};

/// How long the worker rests when everything is sealed.
const PAUSE: Duration = Duration::from_secs(1);
/// How many events one transaction seals.
const BATCH: i64 = 500;
/// How many rounds go between two looks for events that were committed behind the head: about an hour.
const ROUNDS_BETWEEN_LATE: u32 = 3600;

/// The worker. Several, in several processes, may serve one database: a lock lets one at a time seal.
pub struct Sealer {
    _worker: Worker,
}

impl Sealer {
    /// Starts sealing.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread.
    pub fn start(db: Db) -> Result<Self, StoreFault> {
        let mut rounds = 0_u32;
        let round = move |runtime: &tokio::runtime::Runtime| {
            let sealed = runtime.block_on(async {
                if rounds.is_multiple_of(ROUNDS_BETWEEN_LATE) {
                    seal_late(&db).await?;
                }
                seal(&db).await
            });
            rounds = rounds.wrapping_add(1);
            match sealed {
                Ok(count) if count > 0 => Next::AtOnce,
                Ok(_) => Next::Later,
                Err(refusal) => {
                    tracing::warn!(fault = %refusal, "audit events were not sealed");
                    Next::Later
                }
            }
        };
        Worker::start("audit-sealer", PAUSE, round).map(|worker| Self { _worker: worker })
    }
}

/// Seals one batch of events behind which nothing can appear any more, and says how many those were.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub async fn seal(db: &Db) -> Result<usize, Refusal> {
    let found = db.read(|conn: &mut Conn| {
        // Asked before the events: all that this watermark promises is then there to be seen.
        let up_to = watermark(conn)?;
        let head = store::head(conn)?;
        let events = store::after_head(conn, head.as_ref(), up_to, BATCH)?;
        Ok((head, events))
    });
    let (head, events) = found.await?;
    append(db, head, events).await
}

/// Seals events that were committed behind the head, which happens where the database's clock was set back.
async fn seal_late(db: &Db) -> Result<usize, Refusal> {
    let found = db.read(|conn: &mut Conn| {
        let Some(head) = store::head(conn)? else { return Ok((None, Vec::new())) };
        let events = store::behind_head(conn, &head, BATCH)?;
        Ok((Some(head), events))
    });
    let (head, events) = found.await?;
    let count = append(db, head, events).await?;
    if count > 0 {
        tracing::warn!(count, "audit events stood behind the head of the chain and were sealed after it");
    }
    Ok(count)
}

async fn append(db: &Db, head: Option<Head>, events: Vec<EventRow>) -> Result<usize, Refusal> {
    if events.is_empty() {
        return Ok(0);
    }
    // Made here, so that the writing thread has none of the work.
    let seals = links(head.as_ref(), &events, db.clock().now())?;
    db.write(WriteMeta::system("audit.seal", "audit"), move |tx| {
        // Where another replica has sealed meanwhile, the next round begins from its head.
        if !store::lock(tx.conn())? || store::head(tx.conn())? != head {
            return Ok(0);
        }
        store::insert_seals(tx.conn(), &seals)?;
        Ok(seals.len())
    })
    .await
}

fn links(head: Option<&Head>, events: &[EventRow], sealed_at: Moment) -> Result<Vec<SealRow>, Refusal> {
    let (mut sequence, mut hash) = head.map_or_else(|| (0, BEGINNING.to_owned()), |head| (head.sequence, head.hash.clone()));
    let mut seals = Vec::with_capacity(events.len());
    for event in events {
        sequence += 1;
        let next = rules::link(&hash, sequence, sealed_at, &event.text()?);
        let previous_hash = std::mem::replace(&mut hash, next.clone());
        seals.push(SealRow { sequence, event_id: event.id, sealed_at, previous_hash, hash: next });
    }
    Ok(seals)
}
