//! What an act works with inside its transaction.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::kernel::{Actor, Event, Id, Moment, Refusal};
use crate::store::Conn;

/// What every act of a request shares.
#[derive(Debug, Clone)]
pub struct WriteMeta {
    /// The act's name in the log: `award.accept`.
    pub act: &'static str,
    /// Who acts.
    pub actor: Actor,
    /// The request, for the log.
    pub request_id: String,
}

impl WriteMeta {
    /// An act of the service itself.
    #[must_use]
    pub fn system(act: &'static str, part: &str) -> Self {
        Self { act, actor: Actor::system(part), request_id: String::new() }
    }
}

/// What follows an event of another capability, in the same transaction.
pub type Follower = fn(&mut Tx<'_>, Event) -> Result<(), Refusal>;

pub(super) type Kept = Box<dyn FnOnce(&mut Tx<'_>, &Refusal) -> Result<(), Refusal> + Send>;

/// A transaction under way: the connection, who acts, and the one moment that all its rows carry.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    meta: &'a WriteMeta,
    recorded_at: Moment,
    real_at: Moment,
    followers: Arc<[Follower]>,
    kept: Vec<Kept>,
    touched: Vec<i64>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(conn: &'a mut Conn, meta: &'a WriteMeta, recorded_at: Moment, followers: Arc<[Follower]>) -> Self {
        Self { conn, meta, recorded_at, real_at: recorded_at, followers, kept: Vec::new(), touched: Vec::new() }
    }

    /// The connection, for the capability's `store.rs`.
    pub const fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.meta.actor
    }

    /// The act's name.
    #[must_use]
    pub const fn act(&self) -> &'static str {
        self.meta.act
    }

    /// The request this act belongs to.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.meta.request_id
    }

    /// The moment that every row of this act carries as `recorded_at`.
    #[must_use]
    pub const fn recorded_at(&self) -> Moment {
        self.recorded_at
    }

    /// The moment the act really happens; differs from [`Tx::recorded_at`] only inside [`Tx::known_from`].
    #[must_use]
    pub const fn real_at(&self) -> Moment {
        self.real_at
    }

    /// Today in London.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.real_at.london_day()
    }

    /// Does `work` with facts that became known at an earlier moment. Only the opening import of an office may.
    ///
    /// # Errors
    /// Whatever `work` refuses.
    pub fn known_from<T>(&mut self, at: Moment, work: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let usual = std::mem::replace(&mut self.recorded_at, at.min(self.real_at));
        let outcome = work(self);
        self.recorded_at = usual;
        outcome
    }

    /// Tries `work`: where it is refused, what it wrote is undone, and the rest of this transaction stands.
    ///
    /// # Errors
    /// Whatever `work` refuses; [`Refusal::Store`] where the database fails, after which nothing of this transaction stands.
    pub fn tried<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.conn.batch("SAVEPOINT tried")?;
        let outcome = work(self);
        let end = if outcome.is_ok() { "RELEASE SAVEPOINT tried" } else { "ROLLBACK TO SAVEPOINT tried; RELEASE SAVEPOINT tried" };
        self.conn.batch(end)?;
        outcome
    }

    /// Tells the other capabilities what happened; they follow at once, in this transaction.
    ///
    /// # Errors
    /// Whatever a follower refuses.
    pub fn emit(&mut self, event: Event) -> Result<(), Refusal> {
        for follower in Arc::clone(&self.followers).iter() {
            follower(self, event)?;
        }
        Ok(())
    }

    /// Writes `work` even where this act is refused: a log of the attempt, a revoked token. Runs after the rollback and is told
    /// why the act was refused; runs not at all where the act succeeds.
    pub fn keep_if_refused(&mut self, work: impl FnOnce(&mut Tx<'_>, &Refusal) -> Result<(), Refusal> + Send + 'static) {
        self.kept.push(Box::new(work));
    }

    /// Names what this act contends for (a ledger account), so that after a conflict it queues instead of colliding again.
    pub fn touch(&mut self, what: Id) {
        let (high, low) = what.0.as_u64_pair();
        self.touched.push((high ^ low).cast_signed());
    }

    /// A new id, for a row of this act.
    #[must_use]
    pub fn new_id(&self) -> Id {
        Id::new()
    }

    pub(super) fn take_touched(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.touched)
    }

    pub(super) fn take_kept(&mut self) -> Vec<Kept> {
        std::mem::take(&mut self.kept)
    }
}

/// A change waiting for its turn on a writing thread.
pub(super) trait WriteJob: Send {
    /// Runs the closure once; may be called again after a conflict.
    fn attempt(&mut self, tx: &mut Tx<'_>) -> Result<(), Refusal>;
    /// Who acts and what.
    fn meta(&self) -> &WriteMeta;
    /// Whether nobody waits for the answer any more.
    fn is_late(&self) -> bool;
    /// Sends the outcome to whoever waits.
    fn answer(self: Box<Self>, outcome: Result<(), Refusal>);
}
