//! As at which day and known at which moment: an answer about a moment that is not closed yet would not stay true.

use chrono::NaiveDate;

use crate::kernel::{Fault, Moment, Refusal};
use crate::store::{Db, watermark};

/// As at which day, known at which moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The business date: what took effect later does not count.
    pub as_at: NaiveDate,
    /// The moment up to which recorded facts count.
    pub known_at: Moment,
}

/// The day and the moment that a question means.
///
/// # Errors
/// A moment that is not closed yet, or a failing database.
pub async fn settle(db: &Db, as_at: Option<NaiveDate>, known_at: Option<Moment>) -> Result<At, Refusal> {
    let known_at = settle_moment(db, known_at).await?;
    Ok(At { as_at: as_at.unwrap_or_else(|| db.clock().today()), known_at })
}

/// The moment that a question means: the one asked for, or the last at which anything became known that nothing can get below any more.
///
/// # Errors
/// As for [`settle`].
pub async fn settle_moment(db: &Db, asked: Option<Moment>) -> Result<Moment, Refusal> {
    let Some(asked) = asked else { return db.read(watermark::last_known).await };
    let closed = db.read(watermark::watermark).await?;
    if asked > closed {
        let message = format!("Everything is known up to {closed} at the latest. Ask for that moment or an earlier one.");
        return Err(Refusal::Invalid(vec![Fault::new("query:known_at", "too_late", message)]));
    }
    Ok(asked)
}

/// The last moment of an answer that begins at `from` and asks for no end: `last`, or `from` itself where nothing was done since.
///
/// # Errors
/// A failing database.
pub async fn settle_after(db: &Db, from: Moment, last: Moment) -> Result<Moment, Refusal> {
    let closed = db.read(watermark::watermark).await?;
    Ok(if from <= closed { last.max(from) } else { last })
}
