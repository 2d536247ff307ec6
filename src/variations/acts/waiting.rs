//! Which variations still wait: what a provider was issued does not pass to another one without a word.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Refusal};
use crate::store::Conn;
use crate::variations::rules::{self, VariationState};
use crate::variations::store;

/// The references of the variations of these awards that are issued or accepted, and neither applied nor over, by award.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn waiting(conn: &mut Conn, awards: &[Id], today: NaiveDate) -> Result<HashMap<Id, Vec<String>>, Refusal> {
    let mut all: HashMap<Id, Vec<String>> = HashMap::new();
    for (award, reference, state, answer_due_on) in store::waiting(conn, awards)? {
        if rules::shown_state(state, answer_due_on, today) != VariationState::Lapsed {
            all.entry(award).or_default().push(reference);
        }
    }
    Ok(all)
}
