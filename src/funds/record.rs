//! What every record of this capability shares: an identity row, and versions that are only ever added.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;

use crate::audit;
use crate::kernel::{Code, Faults, Id, Moment, Provenance, Refusal};
use crate::store::{Conn, Tx};

/// A record as it stands in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<F> {
    /// Its id, the same in all versions.
    pub id: Id,
    /// Which version this is, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// What it says.
    pub facts: F,
    /// Where that comes from.
    pub provenance: Provenance,
}

/// Aliases, in the order of their rows, by the record and the version that have them.
pub(in crate::funds) fn aliases_by_version(rows: Vec<(Id, i32, String)>) -> HashMap<(Id, i32), Vec<String>> {
    let mut aliases: HashMap<(Id, i32), Vec<String>> = HashMap::new();
    for (id, version, alias) in rows {
        aliases.entry((id, version)).or_default().push(alias);
    }
    aliases
}

/// The facts of one kind of record, and how they are checked and kept.
pub trait Facts: Clone + PartialEq + Serialize {
    /// What the log calls such a record: `fund`.
    const KIND: &'static str;

    /// What stays the same for ever, for the sentence that refuses a second record with it: `The code CIF`.
    fn identity(&self) -> String;

    /// Why these facts differ from those before, for the log; none for most records.
    fn reason(&self) -> Option<&str> {
        None
    }

    /// Everything that is wrong with these facts, as those of a new record or as the next version of `before`.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    fn faults(&self, conn: &mut Conn, before: Option<&Record<Self>>, provenance: &Provenance) -> Result<Faults, Refusal>;

    /// The current version. `None` where there is no such record.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    fn load(conn: &mut Conn, id: Id) -> Result<Option<Record<Self>>, Refusal>;

    /// Writes the identity of a new record. False where another record has it already.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    fn begin(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal>;

    /// Moves the identity on to this version. False where the version before is not the current one.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    fn advance(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal>;

    /// Adds the rows of this version.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails.
    fn add_version(conn: &mut Conn, record: &Record<Self>) -> Result<(), Refusal>;
}

/// Makes a record.
pub(super) fn create<F: Facts>(tx: &mut Tx<'_>, facts: &F, provenance: &Provenance) -> Result<Record<F>, Refusal> {
    facts.faults(tx.conn(), None, provenance)?.into_result()?;
    let record =
        Record { id: tx.new_id(), version: 1, recorded_at: tx.recorded_at(), facts: facts.clone(), provenance: provenance.clone() };
    if !F::begin(tx.conn(), &record)? {
        return Err(Refusal::rule(Code::Taken, format!("{} is taken by another record.", facts.identity())));
    }
    F::add_version(tx.conn(), &record)?;
    log(tx, None, &record)?;
    Ok(record)
}

/// Adds a version to the record that the caller read as `version`; `change` makes the new facts from the current ones. A field that is
/// given a new value is no longer one that is not evidenced.
pub(super) fn amend<F: Facts>(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&F) -> Result<F, Refusal>,
) -> Result<Record<F>, Refusal> {
    let before = F::load(tx.conn(), id)?.ok_or(Refusal::NotFound("record"))?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let facts = change(&before.facts)?;
    let provenance = still_lacking(&before, &facts)?;
    next(tx, before, facts, provenance)
}

/// Gives a record new facts, whatever version it has: a later row of an import.
pub(super) fn replace<F: Facts>(tx: &mut Tx<'_>, id: Id, facts: &F, provenance: &Provenance) -> Result<Record<F>, Refusal> {
    let before = F::load(tx.conn(), id)?.ok_or(Refusal::NotFound("record"))?;
    next(tx, before, facts.clone(), provenance.clone())
}

fn next<F: Facts>(tx: &mut Tx<'_>, before: Record<F>, facts: F, provenance: Provenance) -> Result<Record<F>, Refusal> {
    if before.facts == facts && before.provenance == provenance {
        return Ok(before);
    }
    add(tx, &before, facts, provenance)
}

/// Adds a version, even where it says the same as the one before: its money has moved.
pub(super) fn add<F: Facts>(tx: &mut Tx<'_>, before: &Record<F>, facts: F, provenance: Provenance) -> Result<Record<F>, Refusal> {
    facts.faults(tx.conn(), Some(before), &provenance)?.into_result()?;
    moved(tx, before, facts, provenance)
}

/// Adds a version that is held against no rule: it says what the one before says, and why its money has moved without anybody asking it.
pub(super) fn moved<F: Facts>(tx: &mut Tx<'_>, before: &Record<F>, facts: F, provenance: Provenance) -> Result<Record<F>, Refusal> {
    let record = Record { id: before.id, version: before.version + 1, recorded_at: tx.recorded_at(), facts, provenance };
    if !F::advance(tx.conn(), &record)? {
        return Err(Refusal::Stale);
    }
    F::add_version(tx.conn(), &record)?;
    log(tx, Some(before), &record)?;
    Ok(record)
}

fn log<F: Facts>(tx: &mut Tx<'_>, before: Option<&Record<F>>, after: &Record<F>) -> Result<(), Refusal> {
    let entry = audit::Entry {
        record_kind: F::KIND,
        record_id: after.id,
        before: before.map_or(Ok(Value::Null), json)?,
        after: json(after)?,
        reason: after.facts.reason().map(str::to_owned),
    };
    audit::record(tx, entry).map(|_| ())
}

fn json<F: Facts>(record: &Record<F>) -> Result<Value, Refusal> {
    let mut value = serde_json::to_value(&record.facts).map_err(Refusal::broken)?;
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, serde_json::to_value(&record.provenance).map_err(Refusal::broken)?) {
        fields.insert("version".to_owned(), Value::from(record.version));
        fields.extend(more);
    }
    Ok(value)
}

/// What `facts` still cannot show, once they replace those of `before`. The words are column names: `planned_amount` is the field
/// `planned_pence`, `source` the field `funding_source_id`.
pub(super) fn still_lacking<F: Facts>(before: &Record<F>, facts: &F) -> Result<Provenance, Refusal> {
    let (old, new) = (serde_json::to_value(&before.facts).map_err(Refusal::broken)?, serde_json::to_value(facts).map_err(Refusal::broken)?);
    let is_changed = |word: &String| {
        let amount = format!("{}_pence", word.trim_end_matches("_amount"));
        let names =
            [word.clone(), format!("{word}_id"), format!("funding_{word}_id"), format!("{}_ids", word.trim_end_matches('s')), amount];
        names.iter().any(|name| old.get(name) != new.get(name))
    };
    let mut provenance = before.provenance.clone();
    provenance.not_evidenced.retain(|word| !is_changed(word));
    Ok(provenance)
}

/// Whether following `next` from `first` leads back to `id`.
pub(super) fn leads_back(id: Id, first: &[Id], mut next: impl FnMut(Id) -> Result<Vec<Id>, Refusal>) -> Result<bool, Refusal> {
    let mut seen = HashSet::new();
    let mut ahead = first.to_vec();
    while let Some(one) = ahead.pop() {
        if one == id {
            return Ok(true);
        }
        if seen.insert(one) {
            ahead.extend(next(one)?);
        }
    }
    Ok(false)
}
