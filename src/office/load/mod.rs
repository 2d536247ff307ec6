//! Loading an office in one transaction, through the same acts as a request, in the order in which facts became known.

mod agreements;
mod beside;
mod budgets;
mod loader;
mod money;
mod monitoring;
mod outcome;
mod printed;
mod receivers;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::kernel::{Code, Id, Refusal};
use crate::office::import::Sheets;
use crate::office::import::cells::Record;
use crate::office::import::check::{self, Known};
use crate::office::import::rows::UserRow;
use crate::office::load::loader::Loader;
use crate::office::store;
use crate::store::{Conn, Db, WriteMeta};

pub use outcome::Outcome;

/// Loads an office into a database: all of it or, where anything is wrong or `dry_run` is set, nothing.
///
/// # Errors
/// [`Refusal::Store`] where the database fails. Faults of the folder are in the outcome.
pub async fn load(db: &Db, sheets: Sheets, dry_run: bool) -> Result<Outcome, Refusal> {
    let told = Arc::new(Mutex::new(Outcome::default()));
    let tell = Arc::clone(&told);
    let written = db
        .write(WriteMeta::system("office.import", "import"), move |tx| {
            let remembered = store::all(tx.conn())?;
            let known: Known = remembered.keys().map(|(file, key, _)| (file.clone(), key.clone())).collect();
            let faults = check::faults(&sheets, &known);
            let outcome = if faults.is_empty() { Loader::new(tx, remembered)?.load(&sheets.office)? } else { Outcome::refused(faults) };
            let keep = outcome.faults.is_empty() && !dry_run;
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
            // Refusing is how everything is undone.
            if keep { Ok(()) } else { Err(Refusal::rule(Code::RuleBroken, "the import was not kept")) }
        })
        .await;
    match written {
        Ok(()) | Err(Refusal::Rule { code: Code::RuleBroken, .. }) => {
            Ok(std::mem::take(&mut told.lock().unwrap_or_else(PoisonError::into_inner)))
        }
        Err(refusal) => Err(refusal),
    }
}

/// The people whom an import brought in, by their key in `users.csv`.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn people(conn: &mut Conn) -> Result<BTreeMap<String, Id>, Refusal> {
    let rows = store::all(conn)?.into_values();
    Ok(rows.filter(|row| row.file == UserRow::FILE).map(|row| (row.key, row.record_id)).collect())
}
