//! Queueing a message.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{Id, Moment, Refusal};
use crate::outbox::rules::{Kind, LetterState, State, one_line};
use crate::outbox::store::{self, MessageRow};
use crate::store::{Conn, Tx};

/// A message to one person about one record.
#[derive(Debug, Clone)]
pub struct Message {
    /// The address it goes to.
    pub recipient: String,
    /// The subject; made one line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// What kind of record it is about: `award`.
    pub record_kind: &'static str,
    /// Which record.
    pub record_id: Id,
}

/// What became of a letter to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LetterView {
    /// Where it stands.
    pub state: LetterState,
    /// When it was written; none where it was not.
    pub queued_at: Option<Moment>,
    /// When the mail server took it.
    pub sent_at: Option<Moment>,
}

impl LetterView {
    /// No letter was written, since there was no address for it.
    pub const NO_ADDRESS: Self = Self { state: LetterState::NoAddress, queued_at: None, sent_at: None };
}

/// What became of the last message that `act` sent about each of these records; nothing of those about which it sent none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn letters(conn: &mut Conn, act: &str, records: &[Id]) -> Result<HashMap<Id, LetterView>, Refusal> {
    let rows = store::of_act(conn, act, records)?;
    let view = |state: State, queued_at, sent_at| LetterView { state: state.into(), queued_at: Some(queued_at), sent_at };
    Ok(rows.into_iter().map(|(record, state, queued_at, sent_at)| (record, view(state, queued_at, sent_at))).collect())
}

/// Writes a mark over words in the messages about a record. Tells how many of these messages had left with them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn redact(tx: &mut Tx<'_>, record_id: Id, words: &[String], mark: &str) -> Result<i64, Refusal> {
    let mut sent = 0;
    for row in store::of_record(tx.conn(), record_id)? {
        let mended =
            |text: &str| words.iter().filter(|word| !word.is_empty()).fold(text.to_owned(), |text, word| text.replace(word.as_str(), mark));
        let (subject, body) = (mended(&row.subject), mended(&row.body));
        if (&subject, &body) != (&row.subject, &row.body) {
            store::overwrite(tx.conn(), row.id, &subject, &body)?;
            sent += i64::from(row.state == State::Sent);
        }
    }
    Ok(sent)
}

/// Queues a message in the transaction of the act: a refused act sends nothing.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn queue(tx: &mut Tx<'_>, message: Message) -> Result<Id, Refusal> {
    let row = queued(tx, message);
    store::insert(tx.conn(), &row)?;
    Ok(row.id)
}

/// Queues many messages of one act, in a few statements.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn queue_all(tx: &mut Tx<'_>, messages: Vec<Message>) -> Result<(), Refusal> {
    let rows: Vec<MessageRow> = messages.into_iter().map(|message| queued(tx, message)).collect();
    store::insert_all(tx.conn(), &rows)
}

fn queued(tx: &Tx<'_>, message: Message) -> MessageRow {
    MessageRow {
        id: tx.new_id(),
        recorded_at: tx.real_at(),
        act: tx.act().to_owned(),
        record_kind: message.record_kind.to_owned(),
        record_id: message.record_id,
        kind: Kind::EMail,
        recipient: message.recipient,
        subject: one_line(&message.subject),
        body: message.body,
        state: State::Queued,
        attempts: 0,
        next_attempt_at: tx.real_at(),
        last_error: None,
        sent_at: None,
    }
}
