//! What a database error means.

use diesel::result::{DatabaseErrorKind, Error};
use serde_json::json;

use crate::kernel::{Code, Refusal, StoreFault};

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => from_database(&kind, information.constraint_name(), information.message()),
            Error::BrokenTransactionManager => Self::Store(StoreFault::Unavailable("the transaction is lost".to_owned())),
            other => Self::broken(other),
        }
    }
}

impl From<StoreFault> for Refusal {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

fn from_database(kind: &DatabaseErrorKind, constraint: Option<&str>, message: &str) -> Refusal {
    let conflict = || Refusal::Store(StoreFault::Conflict(message.to_owned()));
    let unavailable = || Refusal::Store(StoreFault::Unavailable(message.to_owned()));
    match kind {
        DatabaseErrorKind::UniqueViolation => taken(constraint, message),
        DatabaseErrorKind::SerializationFailure => conflict(),
        DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction => {
            unavailable()
        }
        DatabaseErrorKind::Unknown if message.contains("deadlock detected") || message.contains("could not serialize") => conflict(),
        DatabaseErrorKind::Unknown if is_outage(message) => unavailable(),
        _ => Refusal::Store(StoreFault::Broken(message.to_owned())),
    }
}

fn is_outage(message: &str) -> bool {
    const OUTAGES: [&str; 12] = [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "unable to open database",
        "attempt to write a readonly database",
        "canceling statement due to",
        "terminating connection",
        "the database system is",
        "remaining connection slots",
        "connection closed",
        "No space left",
        "too many connections",
    ];
    OUTAGES.iter().any(|outage| message.contains(outage))
}

/// Which column a unique fault is about: PostgreSQL names the constraint `table_column_key`, SQLite lists `table.column`.
fn taken(constraint: Option<&str>, message: &str) -> Refusal {
    let column = message
        .strip_prefix("UNIQUE constraint failed: ")
        .and_then(|list| list.rsplit_once('.').map(|(_, column)| column.to_owned()))
        .or_else(|| constraint.map(|name| name.trim_end_matches("_key").to_owned()))
        .unwrap_or_else(|| "value".to_owned());
    let what = if column.ends_with("reference") { "reference".to_owned() } else { column.replace('_', " ") };
    Refusal::rule_with(Code::Taken, format!("This {what} is taken by another record."), json!({ "field": what }))
}
