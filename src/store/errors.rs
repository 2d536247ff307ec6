//! What a database error means.

use diesel::result::{DatabaseErrorKind, Error};
use serde_json::json;

use crate::kernel::{Code, Refusal, StoreFault};

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => from_database(&kind, information.details(), information.message()),
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

fn from_database(kind: &DatabaseErrorKind, details: Option<&str>, message: &str) -> Refusal {
    let conflict = || Refusal::Store(StoreFault::Conflict(message.to_owned()));
    let unavailable = || Refusal::Store(StoreFault::Unavailable(message.to_owned()));
    match kind {
        DatabaseErrorKind::UniqueViolation => taken(details, message),
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

/// Which column a unique fault is about, the last one where the key has several: PostgreSQL's details name them in brackets, in every
/// language (`Key (fund_period_id, number)=(…) already exists.`), SQLite's message lists each as `table.column`.
fn taken(details: Option<&str>, message: &str) -> Refusal {
    let listed = message.strip_prefix("UNIQUE constraint failed: ").or_else(|| details?.split_once('(')?.1.split(")=(").next());
    let last = listed.and_then(|list| list.rsplit([',', '.']).next()).map_or("value", str::trim);
    let what = if last.ends_with("reference") { "reference".to_owned() } else { last.replace('_', " ") };
    Refusal::rule_with(Code::Taken, format!("This {what} is taken by another record."), json!({ "field": last }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: DatabaseErrorKind = DatabaseErrorKind::UniqueViolation;

    #[test]
    fn both_engines_say_what_is_taken_in_the_same_words() {
        let pairs = [
            ("tranche.fund_period_id, tranche.number", "fund_period_id, number", "number"),
            ("app_user.email", "email", "email"),
            ("service_client.client_id", "client_id", "client id"),
            ("provider.reference", "reference", "reference"),
            ("quarterly_return.award_id, quarterly_return.period", "award_id, period", "period"),
        ];
        for (listed, columns, what) in pairs {
            let sqlite = from_database(&KIND, None, &format!("UNIQUE constraint failed: {listed}"));
            let details = format!("Key ({columns})=(a value with )=( in it, 3) already exists.");
            let postgres = from_database(&KIND, Some(&details), "duplicate key value violates unique constraint \"some_key\"");
            assert_eq!(sqlite, postgres);
            let Refusal::Rule { code, detail, facts } = sqlite else { panic!("{sqlite:?}") };
            assert_eq!((code, detail), (Code::Taken, format!("This {what} is taken by another record.")));
            assert_eq!(facts["field"], what.replace(' ', "_"));
        }
    }

    #[test]
    fn what_the_database_does_not_name_is_a_value() {
        let Refusal::Rule { detail, .. } = from_database(&KIND, None, "duplicate key") else { panic!("not a rule") };
        assert_eq!(detail, "This value is taken by another record.");
    }
}
