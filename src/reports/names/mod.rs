//! What records were called at a moment: a report shows the names that were known when its answer was known.

pub mod store;

use std::collections::{HashMap, HashSet};

use crate::kernel::{Faults, Id, Named, Refusal};
use crate::reports::book::Dimension;
use crate::store::Conn;

/// Records by id, as they were known.
pub type Names = HashMap<Id, Named>;

/// A fund period, as it was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its fund.
    pub fund_id: Id,
    /// `2020-21`, or several years that were never split.
    pub label: String,
}

/// A tranche, as it was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Its reference and name.
    pub named: Named,
    /// Its fund period.
    pub period_id: Id,
    /// Which round of the period it is, from 1.
    pub number: i32,
}

/// Notes a fault for each theme, category or financial year that no record ever had, so that a word that is spelt another way does not read as
/// no money.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn check_words(conn: &mut Conn, dimension: Dimension, words: &[String], faults: &mut Faults) -> Result<(), Refusal> {
    let known = if words.is_empty() { HashSet::new() } else { store::words(conn, dimension, words)? };
    let (parameter, name) = (dimension.word(), dimension.word().replace('_', " "));
    for word in words {
        let message = format!("No record has, or ever had, the {name} `{word}`. Write it as the records do, capitals included.");
        faults.require(known.contains(word), &format!("query:{parameter}"), "unknown_record", &message);
    }
    Ok(())
}

/// A record by its name; one whose name was not known yet shows its id.
#[must_use]
pub fn known(names: &Names, id: Id) -> Named {
    names.get(&id).cloned().unwrap_or_else(|| Named { id, code: id.to_string(), name: id.to_string() })
}

/// A provider, and what it is sorted by: its name.
#[must_use]
pub fn sorted_provider(names: &Names, id: Id) -> (Named, String) {
    let named = known(names, id);
    let sort = format!("{}\u{0}{}", named.name, named.code);
    (named, sort)
}

/// A tranche, and what it is sorted by: its number, so that the tenth comes after the second.
#[must_use]
pub fn sorted_round(rounds: &HashMap<Id, Round>, id: Id) -> (Named, String) {
    let Some(round) = rounds.get(&id) else { return (known(&Names::new(), id), id.to_string()) };
    let before = round.named.code.trim_end_matches(|c: char| c.is_ascii_digit());
    (round.named.clone(), format!("{before}{:06}", round.number))
}

/// The records that a parameter names by code, reference or id.
///
/// # Errors
/// Notes a fault for each word that names none; [`Refusal::Store`] where the database fails.
pub fn resolve(
    conn: &mut Conn,
    dimension: Dimension,
    parameter: &str,
    words: &[String],
    faults: &mut Faults,
) -> Result<HashSet<Id>, Refusal> {
    if words.is_empty() {
        return Ok(HashSet::new());
    }
    let found = store::find(conn, dimension, words)?;
    for (word, one) in words.iter().zip(&found) {
        let message = format!("There is no {} with the code, reference or id `{word}`.", dimension.word());
        faults.require(one.is_some(), &format!("query:{parameter}"), "unknown_record", &message);
    }
    Ok(found.into_iter().flatten().collect())
}
