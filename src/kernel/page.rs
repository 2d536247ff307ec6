//! Lists in pages, by key and never by offset.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::kernel::{Fault, Refusal};

/// One page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct Page<T> {
    /// What is on this page, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last page.
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from `limit + 1` rows or fewer; `key` is what the next page begins after.
    #[must_use]
    pub fn cut<K: Serialize>(mut rows: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > request.limit;
        rows.truncate(request.limit);
        let next_cursor = if more { rows.last().map(|last| Cursor::after(&request.scan, &key(last))) } else { None };
        Self { items: rows, next_cursor }
    }

    /// The same page with each item turned into something else.
    #[must_use]
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(turn).collect(), next_cursor: self.next_cursor }
    }
}

/// Which page is wanted. `scan` is the list's own name with its filters, so that a cursor cannot be carried to another question.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// How many items at the most, 1 to 200.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// What is listed: path and filters.
    pub scan: String,
}

impl PageRequest {
    /// How many rows to ask the database for: one more than the page holds shows whether there is another page.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(200) + 1
    }

    /// The key after which this page begins. `None` on the first page.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where the cursor was not made by this list with these filters.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Refusal> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let wrong = || {
            Refusal::Invalid(vec![Fault::new(
                "query:cursor",
                "cursor",
                "The cursor does not belong to this list. Ask for the first page again.",
            )])
        };
        let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).map_err(|_| wrong())?;
        // No text of ours holds a NUL, and PostgreSQL does not take one.
        if bytes.windows(NUL.len()).any(|part| part == NUL) {
            return Err(wrong());
        }
        let inside: Inside<K> = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        if inside.scan == self.scan { Ok(Some(inside.key)) } else { Err(wrong()) }
    }
}

/// An opaque mark between two items of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// How JSON writes the character NUL.
const NUL: &[u8] = b"\\u0000";

#[derive(Serialize, Deserialize)]
struct Inside<K> {
    scan: String,
    key: K,
}

impl Cursor {
    fn after<K: Serialize>(scan: &str, key: &K) -> Self {
        let inside = Inside { scan: scan.to_owned(), key };
        // Keys are ids, dates and short texts, which always serialise.
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&inside).unwrap_or_default()))
    }
}
