//! What every question shares: as at which day, known at which moment, in which format; and whether the caller has the answer already.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::access::permissions::Permit;
use crate::http::call::Reading;
use crate::http::call::{Call, Head};
use crate::http::known::settle_after;
use crate::http::table::Format;
use crate::http::{NoBody, Service, etag, pieces};
use crate::kernel::{Moment, Refusal};
use crate::reports::answer::{Answer, Csv, Report};
use crate::store::Conn;

pub use crate::http::known::{At, settle};

/// A question as it was settled.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The report's name.
    pub name: &'static str,
    /// Its day and moment.
    pub at: At,
    /// What else is asked.
    pub asked: Value,
}

/// What a query says of day, moment and format.
pub trait Question: Serialize + Send + 'static {
    /// The report's name, for the tag and the file.
    const NAME: &'static str;
    /// The business date asked for.
    fn as_at(&self) -> Option<NaiveDate>;
    /// The moment asked for.
    fn known_at(&self) -> Option<Moment>;
    /// The moment at which the answer begins, where it tells of a stretch of time.
    fn known_from(&self) -> Option<Moment> {
        None
    }
    /// The format asked for.
    fn format(&self) -> Option<Format>;
}

/// Answers a report: settles day and moment, spares the work where the caller has the answer, and otherwise asks `work` in one snapshot.
///
/// # Errors
/// A moment that is not closed yet, a format that is not offered, whatever `work` refuses, or a failing database.
pub async fn report<P, A, Q, R>(
    call: Call<P, A, crate::http::Search<Q>, NoBody, Reading>,
    work: impl FnOnce(&mut Conn, At, &Q) -> Result<R, Refusal> + Send + 'static,
) -> Result<Answer<R>, Refusal>
where
    P: Permit,
    Q: Question,
    R: Report,
{
    report_named(call, Q::NAME, work).await
}

/// The same under another name: what is asked in the same words of another operation.
///
/// # Errors
/// As for [`report`].
pub async fn report_named<P, A, Q, R>(
    call: Call<P, A, crate::http::Search<Q>, NoBody, Reading>,
    name: &'static str,
    work: impl FnOnce(&mut Conn, At, &Q) -> Result<R, Refusal> + Send + 'static,
) -> Result<Answer<R>, Refusal>
where
    P: Permit,
    Q: Question,
    R: Report,
{
    Posed::of(call, name).await?.answered(work).await
}

/// A question whose day, moment and format are settled.
pub struct Posed<Q> {
    service: Arc<Service>,
    /// What is asked.
    pub question: Q,
    /// In which format.
    pub format: Format,
    settled: Asked,
    tag: String,
    is_known: bool,
}

impl<Q: Question> Posed<Q> {
    /// Settles day, moment and format of a question to the report `name`.
    ///
    /// # Errors
    /// A moment that is not closed yet, a format that is not offered, or a failing database.
    pub async fn of<P: Permit, A>(call: Call<P, A, crate::http::Search<Q>, NoBody, Reading>, name: &'static str) -> Result<Self, Refusal> {
        let Head { accept, if_none_match, .. } = call.head;
        let question = call.input.query.0;
        let format = Format::wanted(question.format(), &accept)?;
        let mut at = settle(&call.service.db, question.as_at(), question.known_at()).await?;
        if let (None, Some(from)) = (question.known_at(), question.known_from()) {
            at.known_at = settle_after(&call.service.db, from, at.known_at).await?;
        }
        let asked = beside_settled(&question)?;
        let tag = tag(name, &asked, at, format);
        let is_known = etag::is_known(if_none_match.as_deref(), &tag);
        Ok(Self { service: call.service, question, format, settled: Asked { name, at, asked }, tag, is_known })
    }

    /// Asks `work` in one snapshot, unless the caller has the answer.
    ///
    /// # Errors
    /// Whatever `work` refuses, or a failing database.
    pub async fn answered<R: Report>(
        self,
        work: impl FnOnce(&mut Conn, At, &Q) -> Result<R, Refusal> + Send + 'static,
    ) -> Result<Answer<R>, Refusal> {
        let Self { service, question, format, settled, tag, is_known } = self;
        if is_known {
            return Ok(Answer::Unchanged { tag });
        }
        let at = settled.at;
        let report = service.db.report(move |conn, _| work(conn, at, &question)).await?;
        Ok(Answer::Fresh { tag, format, question: settled, report: Box::new(report) })
    }

    /// The same as CSV that goes out while `rows` still makes it, in one snapshot too. What is refused once rows have gone out breaks the answer off.
    ///
    /// # Errors
    /// Whatever `rows` refuses before that, or a failing database.
    pub async fn in_rows<R: Report>(
        self,
        rows: impl FnOnce(&mut Conn, At, &Q, &mut Csv<R::Row>) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Answer<R>, Refusal> {
        let Self { service, question, settled, tag, is_known, .. } = self;
        if is_known {
            return Ok(Answer::Unchanged { tag });
        }
        let at = settled.at;
        let mut pieces = pieces::begin(service.shelf.aside(), |making| async move {
            let mut csv = Csv::begin(making, at, service.db.records_at_once());
            service.db.report(move |conn, _| rows(conn, at, &question, &mut csv).map(|()| csv.end())).await
        });
        let first = pieces.first().await?;
        Ok(Answer::Rows { tag, question: settled, first, pieces })
    }
}

/// What is asked to group by, each once, in the order asked.
#[must_use]
pub fn each_once<T: Copy + PartialEq>(asked: &[T]) -> Vec<T> {
    let mut once = Vec::with_capacity(asked.len());
    for one in asked {
        if !once.contains(one) {
            once.push(*one);
        }
    }
    once
}

/// What is asked beside day, moment and format.
///
/// # Errors
/// A fault of ours where it cannot be written.
pub fn beside_settled<Q: Question>(question: &Q) -> Result<Value, Refusal> {
    let mut asked = serde_json::to_value(question).map_err(Refusal::broken)?;
    if let Value::Object(fields) = &mut asked {
        fields.retain(|name, _| !["as_at", "known_at", "format"].contains(&name.as_str()));
    }
    Ok(asked)
}

/// The entity tag of an answer: a hash of all that it depends on, and of nothing else.
fn tag(name: &str, asked: &Value, at: At, format: Format) -> String {
    let all = format!("{name} {} {asked} {} {} {format}", env!("CARGO_PKG_VERSION"), at.as_at, at.known_at.micros());
    let hash: String = etag::hex(&Sha256::digest(all.as_bytes())).chars().take(32).collect();
    format!("\"{hash}\"")
}
