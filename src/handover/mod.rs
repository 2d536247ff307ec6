//! An office as a whole: handed over to a successor as plain files, taken in from such files, moved to the other engine.
//!
//! - What an office holds is said once, in words ([`list`]); every command here follows that list, and a test holds it against the schema.
//! - An *export* is a folder of CSV files and attached files, with a manifest of counts and hashes, that can be read without Almoner ([`export`]).
//!   It holds no password, no secret and no session.
//! - An *import* of such a folder ([`import`]) fills an empty database with what stands there, the audit log and every moment included. An office's own folder
//!   of facts is another thing: that goes through the acts (`office`).
//! - A *copy* ([`copy`]) moves everything from one database to an empty one, on either engine, and proves it row by row.
//! - None of these is an act: they write no event and change no moment, so that reports give the same bytes before and after (`docs/adr/0039`).

pub mod copy;
pub mod export;
pub mod import;
pub mod list;
pub mod manifest;
mod proof;
pub mod rules;
pub mod sheet;
mod store;

use std::path::Path;

use crate::handover::rules::Table;
use crate::kernel::{Code, Moment, Refusal};
use crate::store::Conn;

/// How many bytes of rows go into the database at a time.
const BATCH_BYTES: usize = 1 << 19;

/// Why something of a hand-over was not done, in a sentence.
fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::rule(Code::WrongState, why.into())
}

fn disk(path: &Path) -> impl FnOnce(std::io::Error) -> Refusal + '_ {
    move |error| refuse(format!("{} cannot be read or written: {error}.", path.display()))
}

/// A refusal as a person reads it.
fn sentence(refusal: Refusal) -> String {
    match refusal {
        Refusal::Rule { detail, .. } => detail,
        other => other.to_string(),
    }
}

/// Takes an empty database for itself.
fn claim(conn: &mut Conn, tables: &[&Table]) -> Result<(), Refusal> {
    store::lock(conn, tables)?;
    must_be_empty(conn, tables)
}

fn must_be_empty(conn: &mut Conn, tables: &[&Table]) -> Result<(), Refusal> {
    for table in tables {
        if store::holds_rows(conn, table)? {
            return Err(refuse(format!(
                "The database is not empty: `{}` has rows. Name another one; `almoner migrate --create` makes an empty file, `createdb` an empty \
                 database on a server.",
                table.name
            )));
        }
    }
    Ok(())
}

/// A server whose clock is behind would give new facts moments that what came has already.
fn on_time(conn: &mut Conn, up_to: Moment) -> Result<(), Refusal> {
    match store::clock(conn)? {
        Some(now) if now < up_to => Err(refuse(format!(
            "The target's server says that it is {now}, but what is to be taken in was recorded up to {up_to}. Set the server's clock right first."
        ))),
        _ => Ok(()),
    }
}

/// Rows on their way into a table.
struct Inflow<'a> {
    table: &'a Table,
    batch: String,
    rows: u64,
}

impl<'a> Inflow<'a> {
    fn new(table: &'a Table) -> Self {
        Self { table, batch: String::new(), rows: 0 }
    }

    /// Takes a row, a JSON list.
    fn take(&mut self, conn: &mut Conn, row: &str) -> Result<(), Refusal> {
        self.batch.push(if self.batch.is_empty() { '[' } else { ',' });
        self.batch.push_str(row);
        self.rows += 1;
        if self.batch.len() >= BATCH_BYTES { self.flush(conn) } else { Ok(()) }
    }

    fn flush(&mut self, conn: &mut Conn) -> Result<(), Refusal> {
        if !self.batch.is_empty() {
            self.batch.push(']');
            store::insert(conn, self.table, &self.batch)?;
            self.batch.clear();
        }
        Ok(())
    }
}
