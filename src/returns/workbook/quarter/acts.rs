//! Which returns a workbook of a quarter holds, and what becomes of one that is sent back.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::access::Scope;
use crate::kernel::{Code, Id, Quarter, Refusal};
use crate::returns::form::acts as forms;
use crate::returns::rules::ReturnContent;
use crate::returns::store::{self, Return};
use crate::returns::workbook::acts::{self, Form};
use crate::returns::workbook::rules::{Book, Filled, WorkbookFinding};
use crate::store::{Conn, Tx};

/// How many returns one workbook holds: each has up to seven sheets.
const RETURNS_MAX: usize = 20;

/// Which returns are meant.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The quarter in which their periods end.
    pub quarter: Quarter,
    /// Whose they are; a provider means its own.
    pub provider_id: Option<Id>,
}

/// Returns and their books, in the order of their numbers.
pub type Books = Vec<(Return, Book)>;

/// The returns that wait for their provider, with their books.
///
/// # Errors
/// There is none for this caller; the office has to say whose; there are too many for one file.
pub fn books(conn: &mut Conn, scope: Scope, wanted: Wanted) -> Result<Books, Refusal> {
    let provider = match scope {
        Scope::Provider(own) if wanted.provider_id.is_none_or(|asked| asked == own) => own,
        Scope::Provider(_) | Scope::Nothing => {
            return Err(Refusal::invalid("query:provider_id", "unknown_record", "There is no such provider for you."));
        }
        Scope::Office => {
            let words = "Say whose returns you mean: the id of the provider.";
            wanted.provider_id.ok_or_else(|| Refusal::invalid("query:provider_id", "required", words))?
        }
    };
    let days = (wanted.quarter.first_day(), wanted.quarter.last_day());
    let returns = store::with_provider(conn, days, provider)?;
    if returns.len() > RETURNS_MAX {
        let words =
            format!("{} returns wait here, and one workbook holds at most {RETURNS_MAX}. Take the workbook of each.", returns.len());
        return Err(Refusal::rule(Code::RuleBroken, words));
    }
    let mut books: Books = Vec::new();
    for one in returns {
        let book = acts::book_of(conn, &one)?;
        books.push((one, book));
    }
    books.sort_by(|(_, a), (_, b)| (&a.award, a.days).cmp(&(&b.award, b.days)));
    for (number, (_, book)) in (1..).zip(&mut books) {
        book.number = Some(number);
    }
    let words = "No return of this quarter waits for its provider.";
    if books.is_empty() { Err(Refusal::invalid("query:quarter", "unknown_record", words)) } else { Ok(books) }
}

/// The same, to be filled in: with what forms show beside.
///
/// # Errors
/// As for [`books`].
pub fn to_fill(conn: &mut Conn, scope: Scope, wanted: Wanted) -> Result<Books, Refusal> {
    let mut books = books(conn, scope, wanted)?;
    for (one, book) in &mut books {
        forms::tell(conn, one, book)?;
    }
    Ok(books)
}

/// The quarters that are over and for which several returns wait for a provider, and no more of them than one workbook holds, with their number.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn several(conn: &mut Conn, provider: Id, today: NaiveDate) -> Result<Vec<(Quarter, usize)>, Refusal> {
    let Some(first) = NaiveDate::from_ymd_opt(1900, 1, 1) else { return Ok(Vec::new()) };
    let mut counts: BTreeMap<Quarter, usize> = BTreeMap::new();
    for one in store::with_provider(conn, (first, today), provider)? {
        if let Some(quarter) = Quarter::of(one.planned.ends_on).filter(|quarter| quarter.last_day() < today) {
            *counts.entry(quarter).or_default() += 1;
        }
    }
    Ok(counts.into_iter().filter(|(_, count)| (2..=RETURNS_MAX).contains(count)).collect())
}

/// The version of all of them together: each writing of one moves it on.
#[must_use]
pub fn version(books: &Books) -> i32 {
    books.iter().fold(0, |sum: i32, (one, _)| sum.saturating_add(one.version))
}

/// The same, where they have this version.
///
/// # Errors
/// As for [`books`]; [`Refusal::Stale`].
pub fn at_version(conn: &mut Conn, scope: Scope, wanted: Wanted, known: i32) -> Result<Books, Refusal> {
    let books = books(conn, scope, wanted)?;
    if version(&books) == known { Ok(books) } else { Err(Refusal::Stale) }
}

/// Fills all returns with what a workbook says for each. One for which it says nothing new stays as it is.
///
/// # Errors
/// Everything that is wrong, of all of them at once; then none is filled.
pub fn fill(tx: &mut Tx<'_>, scope: Scope, (wanted, known): (Wanted, i32), filled: &[Filled], form: Form<'_>) -> Result<(), Refusal> {
    let books = at_version(tx.conn(), scope, wanted, known)?;
    let mut faults = Vec::new();
    for ((one, book), filled) in books.iter().zip(filled) {
        if filled.findings.is_empty() && filled.over(&book.content) == book.content {
            continue;
        }
        match acts::fill(tx, scope, one.id, one.version, filled, form) {
            Err(Refusal::Invalid(more)) => faults.extend(more),
            other => drop(other?),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

/// What would become of all of them: their contents, and everything found.
///
/// # Errors
/// As for [`at_version`].
pub fn weigh(
    conn: &mut Conn,
    scope: Scope,
    (wanted, known): (Wanted, i32),
    filled: &[Filled],
    form: Form<'_>,
) -> Result<(Vec<Option<ReturnContent>>, Vec<WorkbookFinding>), Refusal> {
    let books = at_version(conn, scope, wanted, known)?;
    let (mut contents, mut found) = (Vec::new(), Vec::new());
    for ((one, _), filled) in books.iter().zip(filled) {
        let weighed = acts::weigh(conn, scope, (one.id, one.version), filled, form)?;
        contents.push(weighed.content);
        found.extend(weighed.found);
    }
    found.sort_by_key(|one| !one.is_error());
    Ok((contents, found))
}
