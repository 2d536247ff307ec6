//! The worker that delivers what is queued.

use std::time::Duration;

use crate::kernel::{Refusal, StoreFault};
use crate::outbox::mail::{Letter, Mailer};
use crate::outbox::rules::{Attempt, LEASE_SECONDS, State, pause_after, state_after};
use crate::outbox::store::{self, MessageRow, Noted};
use crate::store::worker::{Next, Worker};
use crate::store::{Db, WriteMeta};

/// How long the worker rests when nothing is due.
const PAUSE: Duration = Duration::from_secs(2);

/// The worker. Several, in several processes, may serve one database: a message is taken in a transaction, so only one has it.
pub struct Delivery {
    _worker: Worker,
}

impl Delivery {
    /// Starts delivering.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread.
    pub fn start(db: Db, mailer: Mailer) -> Result<Self, StoreFault> {
        let round = move |runtime: &tokio::runtime::Runtime| match runtime.block_on(deliver(&db, &mailer)) {
            Ok(Some(State::Queued | State::Dead) | None) => Next::Later,
            Ok(Some(_)) => Next::AtOnce,
            Err(refusal) => {
                tracing::warn!(fault = %refusal, "the outbox cannot reach the database");
                Next::Later
            }
        };
        Worker::start("outbox", PAUSE, round).map(|worker| Self { _worker: worker })
    }
}

/// Takes the message that is due longest, hands it to the mail server and notes how that ended. `None` where nothing is due.
/// Speaks to the mail server on this thread.
///
/// # Errors
/// [`Refusal::Store`] where the database fails. A message whose sending could not be noted goes out again later.
pub async fn deliver(db: &Db, mailer: &Mailer) -> Result<Option<State>, Refusal> {
    let Some(row) = take(db).await? else { return Ok(None) };
    let attempt = mailer.send(&Letter {
        id: row.id,
        written_at: row.recorded_at,
        recipient: row.recipient.clone(),
        subject: row.subject.clone(),
        body: row.body.clone(),
    });
    note(db, &row, &attempt).await.map(Some)
}

async fn take(db: &Db) -> Result<Option<MessageRow>, Refusal> {
    // Asked first without a transaction: an idle outbox writes nothing.
    let now = db.clock().now();
    if db.read(move |conn| store::due(conn, now)).await?.is_none() {
        return Ok(None);
    }
    db.write(WriteMeta::system("outbox.take", "outbox"), |tx| {
        let now = tx.real_at();
        let Some(mut row) = store::due(tx.conn(), now)? else { return Ok(None) };
        store::take(tx.conn(), &row, now.plus(chrono::TimeDelta::seconds(LEASE_SECONDS)))?;
        row.attempts += 1;
        Ok(Some(row))
    })
    .await
}

async fn note(db: &Db, row: &MessageRow, attempt: &Attempt) -> Result<State, Refusal> {
    let state = state_after(attempt, row.attempts);
    let last_error = match attempt {
        Attempt::Sent => None,
        Attempt::NotNow(why) | Attempt::Never(why) => Some(why.chars().take(500).collect::<String>()),
    };
    let (id, attempts) = (row.id, row.attempts);
    let pause = pause_after(attempts, chance());
    let noted = db
        .write(WriteMeta::system("outbox.note", "outbox"), move |tx| {
            let now = tx.real_at();
            let noted = Noted {
                id,
                attempts,
                state,
                next_attempt_at: now.plus(pause),
                last_error: last_error.clone(),
                sent_at: (state == State::Sent).then_some(now),
            };
            store::note(tx.conn(), &noted)
        })
        .await?;
    metrics::counter!("almoner_outbox_attempts_total", "state" => state.word()).increment(1);
    match state {
        State::Failed | State::Dead => tracing::error!(message_id = %id, attempts, state = state.word(), "a message is given up"),
        State::Queued => tracing::warn!(message_id = %id, attempts, "a message was not delivered and is tried again"),
        _ => tracing::debug!(message_id = %id, attempts, noted, "a message was delivered"),
    }
    Ok(state)
}

fn chance() -> u8 {
    let mut byte = [0_u8; 1];
    // Without randomness the pause is merely the same for all.
    let _ = getrandom::fill(&mut byte);
    let [chance] = byte;
    chance
}
