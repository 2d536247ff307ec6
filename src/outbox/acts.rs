//! Queueing a message.

use crate::kernel::{Id, Refusal};
use crate::outbox::rules::{Kind, State, one_line};
use crate::outbox::store::{self, MessageRow};
use crate::store::Tx;

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
    let row = MessageRow {
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
    };
    store::insert(tx.conn(), &row)?;
    Ok(row.id)
}
