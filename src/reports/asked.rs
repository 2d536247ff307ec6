//! What every question shares: as at which day, known at which moment, in which format; and whether the caller has the answer already.

use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::access::permissions::Permit;
use crate::http::call::Reading;
use crate::http::call::{Call, Head};
use crate::http::{NoBody, etag};
use crate::kernel::{Fault, Moment, Refusal};
use crate::reports::answer::{Answer, Report};
use crate::store::{Conn, Db, watermark};

words! {
    /// How an answer is written.
    pub enum Format {
        /// JSON, with totals and checks.
        Json = "json",
        /// CSV: the rows alone.
        Csv = "csv",
    }
}

/// As at which day, known at which moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The business date: what took effect later does not count.
    pub as_at: NaiveDate,
    /// The moment up to which recorded facts count.
    pub known_at: Moment,
}

/// What a query says of day, moment and format.
pub trait Question: Serialize + Send + 'static {
    /// The report's name, for the tag and the file.
    const NAME: &'static str;
    /// The business date asked for.
    fn as_at(&self) -> Option<NaiveDate>;
    /// The moment asked for.
    fn known_at(&self) -> Option<Moment>;
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
    let Head { accept, if_none_match, .. } = call.head;
    let question = call.input.query.0;
    let format = format(question.format(), &accept)?;
    let at = settle(&call.service.db, question.as_at(), question.known_at()).await?;
    let tag = tag(&question, at, format)?;
    if etag::is_known(if_none_match.as_deref(), &tag) {
        return Ok(Answer::Unchanged { tag });
    }
    let report = call.service.db.report(move |conn, _| work(conn, at, &question)).await?;
    Ok(Answer::Fresh { tag, format, file: format!("{}-{}", Q::NAME, at.as_at), at, report: Box::new(report) })
}

/// The day and the moment that a question means.
///
/// # Errors
/// A moment that is not closed yet, or a failing database.
pub async fn settle(db: &Db, as_at: Option<NaiveDate>, known_at: Option<Moment>) -> Result<At, Refusal> {
    let closed = db.read(watermark::watermark).await?;
    if known_at.is_some_and(|asked| asked > closed) {
        let message = format!("Everything is known up to {closed} at the latest. Ask for that moment or an earlier one.");
        return Err(Refusal::Invalid(vec![Fault::new("query:known_at", "too_late", message)]));
    }
    Ok(At { as_at: as_at.unwrap_or_else(|| db.clock().today()), known_at: known_at.unwrap_or(closed) })
}

/// The entity tag of an answer: a hash of all that it depends on, and of nothing else.
fn tag<Q: Question>(question: &Q, at: At, format: Format) -> Result<String, Refusal> {
    let mut asked = serde_json::to_value(question).map_err(Refusal::broken)?;
    if let serde_json::Value::Object(fields) = &mut asked {
        for settled in ["as_at", "known_at", "format"] {
            fields.remove(settled);
        }
    }
    let all = format!("{} {} {asked} {} {} {format}", Q::NAME, env!("CARGO_PKG_VERSION"), at.as_at, at.known_at.micros());
    let hash: String = etag::hex(&Sha256::digest(all.as_bytes())).chars().take(32).collect();
    Ok(format!("\"{hash}\""))
}

/// The format asked for by parameter or, without one, the best that the caller accepts.
fn format(asked: Option<Format>, accept: &str) -> Result<Format, Refusal> {
    if let Some(asked) = asked {
        return Ok(asked);
    }
    if accept.trim().is_empty() {
        return Ok(Format::Json);
    }
    let json = weight(accept, "application", "json");
    let csv = weight(accept, "text", "csv");
    match (json, csv) {
        (0, 0) => Err(Refusal::NotAcceptable("application/json and text/csv")),
        (json, csv) if csv > json => Ok(Format::Csv),
        _ => Ok(Format::Json),
    }
}

/// How much `Accept` wants a media type, in thousandths; the most particular range that covers it decides.
fn weight(accept: &str, kind: &str, subtype: &str) -> u32 {
    let mut best = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let particular = match name.split_once('/') {
            Some((a, b)) if a == kind && b == subtype => 3,
            Some((a, "*")) if a == kind => 2,
            Some(("*", "*")) => 1,
            _ => continue,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        if particular > best.0 {
            best = (particular, quality);
        }
    }
    best.1
}

/// `0.85` as 850, without floating point.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().take(3).collect();
    let fraction: u32 = format!("{digits:0<3}").parse().unwrap_or(0);
    if whole == "1" { 1000 } else { fraction.min(999) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_beats_the_header() {
        assert_eq!(format(Some(Format::Csv), "application/json"), Ok(Format::Csv));
        assert_eq!(format(None, ""), Ok(Format::Json));
        assert_eq!(format(None, "*/*"), Ok(Format::Json));
    }

    #[test]
    fn the_header_is_weighed() {
        assert_eq!(format(None, "text/csv"), Ok(Format::Csv));
        assert_eq!(format(None, "text/csv;q=0.5, application/json;q=0.4"), Ok(Format::Csv));
        assert_eq!(format(None, "text/*;q=0.1, application/json"), Ok(Format::Json));
        assert_eq!(format(None, "application/json;q=0, */*;q=0.1"), Ok(Format::Csv));
        assert!(format(None, "application/xml").is_err());
        assert!(format(None, "text/csv;q=0").is_err());
    }
}
