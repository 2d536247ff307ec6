//! What every letter has: from whom it is, to whom and when, and how it is answered.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::plain::day;
use crate::kernel::{Id, Refusal};
use crate::providers;
use crate::store::Conn;
use crate::variations::letters::store;

/// How a provider answers a letter that asks for it.
pub const HOW_TO_ANSWER: &str =
    "Whoever signs for you accepts or refuses it in the service. You can also sign this letter and send it back to us.";

/// What the templates find at the head and at the foot of a letter.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    title: String,
    office: String,
    date: NaiveDate,
    day: String,
    is_draft: bool,
    standing: &'static str,
    foot: String,
    seal: String,
    reference: String,
    provider: Addressed,
    signed_by: Option<String>,
}

/// Whom a letter goes to.
#[derive(Debug, Clone, Serialize)]
pub struct Addressed {
    /// The provider's name.
    pub name: String,
    /// Its reference.
    pub reference: String,
    /// Where it is at home, where that is known.
    pub postcode: Option<String>,
}

impl Head {
    /// The head of a letter of a day, from an office to a provider; `signed_by` whoever issues it, nobody for a draft.
    #[must_use]
    pub fn of(title: String, reference: &str, (office, provider): (String, Addressed), on: NaiveDate, signed_by: Option<String>) -> Self {
        let is_draft = signed_by.is_none();
        Self {
            title,
            office,
            date: on,
            day: day(on),
            is_draft,
            standing: if is_draft { "This is a draft: it was not issued. It may still change." } else { "" },
            foot: reference.to_owned(),
            seal: if is_draft { "Not issued: this may still change.".to_owned() } else { format!("Issued on {}.", day(on)) },
            reference: reference.to_owned(),
            provider,
            signed_by,
        }
    }
}

/// These providers as letters address them, by id.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn addressed(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Addressed>, Refusal> {
    let mut postcodes = store::postcodes(conn, ids)?;
    let mut all = HashMap::new();
    for some in ids.chunks(1_000) {
        for one in providers::summaries(conn, some)? {
            all.insert(one.id, Addressed { name: one.name, reference: one.reference, postcode: postcodes.remove(&one.id) });
        }
    }
    Ok(all)
}
