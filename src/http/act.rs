//! Running an act: idempotency, the act itself with its log, and the answer, all in one transaction.

use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::Value;

use crate::access::permissions::Permit;
use crate::audit;
use crate::http::call::{Call, Input, Mode};
use crate::http::idempotency::{self, Claim};
use crate::http::rehearse::told;
use crate::http::reply::{ActReply, Kept};
use crate::kernel::Refusal;
use crate::store::{Conn, Tx, WriteMeta};

/// The answer to an act, fresh or given again.
pub struct Stored<T> {
    /// What is answered.
    pub kept: Kept,
    /// Whether it was answered before.
    pub replayed: bool,
    kind: PhantomData<fn() -> T>,
}

impl<T: ActReply> Stored<T> {
    /// The answer to what was only tried: nothing was done, and nothing is kept.
    pub fn of_a_trial(answer: T) -> Self {
        Self { kept: answer.keep(), replayed: false, kind: PhantomData }
    }
}

impl<T> Stored<T> {
    /// The answer with a secret in it, where it was not given before. What is kept for a repeated request has no secret.
    ///
    /// # Errors
    /// A fault of ours where the answer is not an object.
    pub fn showing_once(mut self, field: &str, secret: &str) -> Result<Self, Refusal> {
        if !self.replayed {
            let mut body: Value = serde_json::from_str(&self.kept.body).map_err(Refusal::broken)?;
            let fields = body.as_object_mut().ok_or_else(|| Refusal::broken("an answer that is no object"))?;
            fields.insert(field.to_owned(), Value::from(secret));
            self.kept.body = body.to_string();
        }
        Ok(self)
    }
}

impl<P, A, Q, B, M> Call<P, A, Q, B, M>
where
    P: Permit,
    A: Send + Sync + 'static,
    Q: Send + Sync + 'static,
    B: Send + Sync + 'static,
    M: Mode,
{
    /// Does the business act `name` in one transaction. `work` may run again after a conflict, so it must have no effect but on
    /// the database. A refusal is logged and nothing else is kept. A request with faults is refused with them and with what `work` finds
    /// besides; nothing of it is kept.
    ///
    /// # Errors
    /// Whatever `work` refuses, a key used for another request, or a failing database.
    pub async fn act<T: ActReply>(
        self,
        name: &'static str,
        work: impl Fn(&mut Tx<'_>, &Input<A, Q, B>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Stored<T>, Refusal> {
        let meta = WriteMeta { act: name, actor: self.input.caller.actor(), request_id: self.head.request_id.clone() };
        let claim =
            self.head.key.clone().map(|key| Claim { caller: self.input.caller.subject(), key, fingerprint: self.head.fingerprint.clone() });
        let input = Arc::new(self.input);
        let (target, faults) = (self.head.target, self.faults);
        let attempt = move |tx: &mut Tx<'_>| {
            if !faults.is_empty() {
                let (refusal, ruled) = told(faults.clone(), work(tx, &input));
                if let Some(ruled) = ruled {
                    tx.keep_if_refused(move |tx, _| audit::record_refused(tx, &ruled, target));
                }
                return Err(refusal);
            }
            if let Some(kept) = claim.as_ref().map(|claim| idempotency::answered(tx, claim)).transpose()?.flatten() {
                return Ok((kept, true));
            }
            tx.keep_if_refused(move |tx, refusal| audit::record_refused(tx, refusal, target));
            let kept = work(tx, &input)?.keep();
            if let Some(claim) = &claim {
                idempotency::keep(tx, claim, &kept)?;
            }
            Ok((kept, false))
        };
        let (kept, replayed) = self.service.db.write(meta, attempt).await?;
        Ok(Stored { kept, replayed, kind: PhantomData })
    }

    /// Does the work of an act and keeps nothing of it: what it wrote is undone before anybody could see it, and nothing is logged.
    ///
    /// # Errors
    /// Whatever `work` refuses, or a failing database.
    pub async fn try_out<T: Send + 'static>(
        self,
        name: &'static str,
        work: impl Fn(&mut Tx<'_>, &Input<A, Q, B>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let meta = WriteMeta { act: name, actor: self.input.caller.actor(), request_id: self.head.request_id.clone() };
        let input = self.input;
        let attempt = move |tx: &mut Tx<'_>| {
            let mut outcome = None;
            let undone: Result<(), Refusal> = tx.tried(|tx| {
                outcome = Some(work(tx, &input)?);
                Err(Refusal::Stale)
            });
            match (outcome, undone) {
                (Some(outcome), Err(Refusal::Stale)) => Ok(outcome),
                (_, Err(refusal)) => Err(refusal),
                (_, Ok(())) => Err(Refusal::broken("a trial that was kept")),
            }
        };
        self.service.db.write(meta, attempt).await
    }

    /// Answers a question that changes nothing. Whoever is not signed in waits in a lane of their own, so that the public never keeps the office waiting;
    /// probes are not the public's.
    ///
    /// # Errors
    /// Whatever `work` refuses, or a failing database.
    pub async fn ask<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Conn, &Input<A, Q, B>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let input = self.input;
        let db = &self.service.db;
        if M::IS_LIMITED && input.caller.is_anonymous() {
            return db.public(move |conn| work(conn, &input)).await;
        }
        db.read(move |conn| work(conn, &input)).await
    }
}
