//! Why something was not done. Knows no HTTP and no database; `http::problem` turns each refusal into a problem document.

use std::fmt;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::kernel::{Fault, Pence};

words! {
    /// A business reason for refusing, stable for programs. `http::problem` gives each its status and its page.
    pub enum Code {
        /// The record's state does not allow the act.
        WrongState = "wrong_state",
        /// An account would go below zero.
        InsufficientBalance = "insufficient_balance",
        /// A reference, name or key is taken.
        Taken = "taken",
        /// A rule of the field forbids it.
        RuleBroken = "rule_broken",
        /// The same person may not do both steps.
        SamePerson = "same_person",
        /// The session has no second factor, which money needs.
        SecondFactor = "second_factor_required",
        /// A budget line has a shortfall: promised beyond a cut budget.
        Shortfall = "shortfall",
        /// The budget line is not confirmed and no at-risk approval covers the amount.
        NotConfirmed = "not_confirmed",
        /// Another change touched the same fields first.
        Overlap = "overlap",
        /// The year of this money is closed on the day that the act is dated.
        YearLocked = "year_locked",
        /// The opening import may not give facts an earlier moment any more.
        HistoryClosed = "history_closed",
        /// A template that papers are set with has a fault.
        TemplateFaulty = "template_faulty",
        /// One of several awards stands in the way of all.
        AwardsRefused = "awards_refused",
    }
}

/// What went wrong below the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreFault {
    /// Another transaction was in the way; the act may be tried again.
    Conflict(String),
    /// The database is full, locked, gone or too slow.
    Unavailable(String),
    /// A fault of ours: a query that cannot work, data that does not fit, a panic.
    Broken(String),
}

/// Why an act was not done or a question not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The input is wrong; every fault is listed.
    Invalid(Vec<Fault>),
    /// What a change would make of a record has not the form that is described; every fault is listed, as of a wrong input.
    Misshapen(Vec<Fault>),
    /// The request cannot be read at all (no JSON, bad UTF-8, a missing key).
    Unreadable(Vec<Fault>),
    /// There is no such record for this caller.
    NotFound(&'static str),
    /// Nobody is signed in, or the token does not count. The text is for the log, never for the caller.
    Unauthenticated(String),
    /// A password, refresh token or client secret does not count. The sentence is for the caller.
    BadCredentials(&'static str),
    /// The caller lacks this permission.
    Forbidden(&'static str),
    /// A business rule refuses. `facts` go to the caller beside the sentence.
    Rule {
        /// Stable code.
        code: Code,
        /// A plain sentence.
        detail: String,
        /// Further members of the problem document, such as `shortfall_pence`.
        facts: Map<String, Value>,
    },
    /// A change came without saying which version it changes.
    PreconditionRequired,
    /// The record has moved on since the caller read it.
    Stale,
    /// This idempotency key was used for another request.
    KeyReused,
    /// The first request with this idempotency key is still under way.
    KeyBusy,
    /// The body is larger than the operation takes, in bytes.
    TooLarge(usize),
    /// The body is of a kind this operation does not take.
    UnsupportedMedia(&'static str),
    /// None of the formats that the caller accepts is offered.
    NotAcceptable(&'static str),
    /// Too many requests; try again after so many seconds.
    TooMany(u64),
    /// The database or a queue failed.
    Store(StoreFault),
}

impl Refusal {
    /// A business refusal without further facts.
    pub fn rule(code: Code, detail: impl Into<String>) -> Self {
        Self::Rule { code, detail: detail.into(), facts: Map::new() }
    }

    /// A business refusal with further facts.
    pub fn rule_with(code: Code, detail: impl Into<String>, facts: Value) -> Self {
        let facts = match facts {
            Value::Object(map) => map,
            other => Map::from_iter([("facts".to_owned(), other)]),
        };
        Self::Rule { code, detail: detail.into(), facts }
    }

    /// One fault of the input.
    pub fn invalid(pointer: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(pointer, code, message)])
    }

    /// An act that the record's state does not allow.
    pub fn wrong_state(what: &str, state: impl fmt::Display, act: &str) -> Self {
        let detail = format!("This {what} is {state}, so it cannot be {act}.");
        Self::rule_with(Code::WrongState, detail, serde_json::json!({ "state": state.to_string() }))
    }

    /// An account that would go below zero: now, or on the day named.
    pub fn insufficient(account: &str, on: Option<NaiveDate>, balance: Pence, asked: Pence) -> Self {
        let shortfall = asked - balance;
        let mut facts =
            serde_json::json!({ "account": account, "balance_pence": balance, "asked_pence": asked, "shortfall_pence": shortfall });
        let day = on.map(|on| format!(" on {on}")).unwrap_or_default();
        if let (Some(on), Some(facts)) = (on, facts.as_object_mut()) {
            facts.insert("on".to_owned(), on.to_string().into());
        }
        Self::rule_with(
            Code::InsufficientBalance,
            format!("{account} holds {balance}{day}; {asked} was asked, {shortfall} too much."),
            facts,
        )
    }

    /// The same refusal, answered to a request that acts on a record: a fault of the record itself, at none of the request's `own` places,
    /// points nowhere and names the field of `what` that is to be mended first.
    #[must_use]
    pub fn of_record(self, what: &str, own: &[&str]) -> Self {
        let is_own = |pointer: &str| own.iter().any(|place| pointer == *place || pointer.starts_with(&format!("{place}/")));
        let told = |fault: Fault| {
            if fault.pointer.is_empty() || is_own(&fault.pointer) {
                return fault;
            }
            let field = fault.pointer.trim_start_matches('/').replace('/', ".");
            Fault::new("", fault.code, format!("{} Mend `{field}` of the {what} first, then send this again.", fault.message))
        };
        match self {
            Self::Invalid(faults) => Self::Invalid(faults.into_iter().map(told).collect()),
            other => other,
        }
    }

    /// A fault of ours.
    pub fn broken(what: impl fmt::Display) -> Self {
        Self::Store(StoreFault::Broken(what.to_string()))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { code, detail, .. } => write!(f, "{code}: {detail}"),
            Self::Invalid(faults) | Self::Misshapen(faults) | Self::Unreadable(faults) => {
                for fault in faults {
                    writeln!(f, "{}: {}", fault.pointer, fault.message)?;
                }
                Ok(())
            }
            other => write!(f, "{other:?}"),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_record_point_nowhere_and_name_its_field() {
        let faults = vec![Fault::new("/closes_on", "required", "It says until when."), Fault::new("/reason", "blank", "Not blank.")];
        let Refusal::Invalid(told) = Refusal::Invalid(faults).of_record("funding round", &["/reason"]) else { panic!("not refused") };
        assert_eq!((told[0].pointer.as_str(), told[1].pointer.as_str()), ("", "/reason"));
        assert_eq!(told[0].message, "It says until when. Mend `closes_on` of the funding round first, then send this again.");
        assert_eq!(told[1].message, "Not blank.");
        let deep = Refusal::invalid("/split/0/amount_pence", "x", "Wrong.").of_record("draft", &[]);
        assert!(deep.to_string().contains("`split.0.amount_pence` of the draft"), "{deep}");
    }
}
