//! Enrolling an authenticator, giving a session its second factor, and asking whether it has one.

use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use super::rules;
use super::store;
use crate::access::Caller;
use crate::access::passwords::hash_of;
use crate::access::sessions::rules::{Failures, may_try};
use crate::access::sessions::store as sessions;
use crate::access::users;
use crate::audit::{self, Entry};
use crate::kernel::{Code, Id, Moment, Refusal};
use crate::store::{Conn, Tx};

/// How many recovery codes a person gets.
const RECOVERY_CODES: usize = 10;

/// A new secret for an authenticator: 160 random bits in base 32.
///
/// # Errors
/// [`Refusal::Store`] where the machine has no randomness.
pub fn new_secret() -> Result<String, Refusal> {
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).map_err(Refusal::broken)?;
    Ok(BASE32_NOPAD.encode(&bytes))
}

/// New recovery codes, of 80 random bits each.
///
/// # Errors
/// [`Refusal::Store`] where the machine has no randomness.
pub fn new_recovery_codes() -> Result<Vec<String>, Refusal> {
    let one = || {
        let mut bytes = [0_u8; 10];
        getrandom::fill(&mut bytes).map_err(Refusal::broken)?;
        Ok(BASE32_NOPAD.encode(&bytes))
    };
    (0..RECOVERY_CODES).map(|_| one()).collect()
}

/// How a person's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Since when it counts.
    pub confirmed_at: Option<Moment>,
    /// How many recovery codes still count.
    pub recovery_left: i64,
    /// Until when this session has it.
    pub counts_until: Option<Moment>,
}

/// The caller and their session.
///
/// # Errors
/// [`Code::WrongState`] for a program.
pub fn person(caller: &Caller) -> Result<(Id, Id), Refusal> {
    let no_person = || Refusal::rule(Code::WrongState, "Only people have a second factor; a program cannot let money go.");
    caller.id.zip(caller.session_id).ok_or_else(no_person)
}

/// How the caller's second factor stands.
///
/// # Errors
/// [`Code::WrongState`] for a program.
pub fn standing(conn: &mut Conn, caller: &Caller, now: Moment) -> Result<Standing, Refusal> {
    let (user, session) = person(caller)?;
    let confirmed_at = store::find(conn, user)?.and_then(|factor| factor.confirmed_at);
    let counts_until = rules::counts_until(store::given_at(conn, session)?, now);
    Ok(Standing { confirmed_at, recovery_left: store::recovery_left(conn, user)?, counts_until })
}

/// Refuses what money needs, unless the caller's session has its second factor.
///
/// # Errors
/// [`Code::SecondFactor`]; [`Code::WrongState`] for a program.
pub fn require(tx: &mut Tx<'_>, caller: &Caller) -> Result<(), Refusal> {
    let (_, session) = person(caller)?;
    let now = tx.real_at();
    if rules::counts_until(store::given_at(tx.conn(), session)?, now).is_some() { Ok(()) } else { Err(rules::missing()) }
}

/// Begins to enrol an authenticator: it counts once a code confirms it.
///
/// # Errors
/// [`Code::WrongState`] where there is one already, or for a program.
pub fn enrol(tx: &mut Tx<'_>, caller: &Caller, secret: &str) -> Result<String, Refusal> {
    let (user, _) = person(caller)?;
    if store::find(tx.conn(), user)?.is_some_and(|factor| factor.confirmed_at.is_some()) {
        let detail = "You have a second factor already. Where its authenticator is lost, an administrator takes it away first.";
        return Err(Refusal::rule(Code::WrongState, detail));
    }
    let now = tx.real_at();
    store::begin(tx.conn(), user, secret, now)?;
    log(tx, user, Value::Null, json!({ "state": "enrolled" }))?;
    Ok(rules::link(&caller.name, secret))
}

/// Confirms an authenticator by one of its codes, and gives the session its second factor.
///
/// # Errors
/// [`Code::WrongState`] where nothing is to be confirmed; [`Refusal::TooMany`] after too many wrong codes; [`Refusal::Invalid`] for a wrong one.
pub fn confirm(tx: &mut Tx<'_>, caller: &Caller, code: &str, recovery_codes: &[String]) -> Result<(), Refusal> {
    let (user, session) = person(caller)?;
    let factor = store::find(tx.conn(), user)?.filter(|factor| factor.confirmed_at.is_none());
    let factor = factor.ok_or_else(|| Refusal::rule(Code::WrongState, "There is no authenticator to confirm. Enrol one first."))?;
    use_code(tx, user, &factor, code)?;
    let now = tx.real_at();
    let hashes: Vec<String> = recovery_codes.iter().map(|code| hash_of(code)).collect();
    store::confirm(tx.conn(), user, now, &hashes)?;
    store::give(tx.conn(), session, now)?;
    let person = users::store::get(tx.conn(), user)?;
    users::acts::tell_of_authenticator(tx, &person)?;
    log(tx, user, json!({ "state": "enrolled" }), json!({ "state": "confirmed" }))
}

/// Gives the session its second factor, for an hour, by a code of the authenticator or a recovery code.
///
/// # Errors
/// [`Code::WrongState`] without an authenticator; [`Refusal::TooMany`] after too many wrong codes; [`Refusal::Invalid`] for a wrong one.
pub fn give(tx: &mut Tx<'_>, caller: &Caller, code: &str) -> Result<(), Refusal> {
    let (user, session) = person(caller)?;
    let factor = store::find(tx.conn(), user)?.filter(|factor| factor.confirmed_at.is_some());
    let factor = factor
        .ok_or_else(|| Refusal::rule(Code::WrongState, "You have no authenticator yet. Enrol one at `POST /v1/me/second-factor`."))?;
    let now = tx.real_at();
    may_try(sessions::failures(tx.conn(), &subject(user))?, now)?;
    let code = code.trim().to_ascii_uppercase();
    let is_recovery = store::use_recovery(tx.conn(), user, &hash_of(&code), now)?;
    if !is_recovery {
        use_code(tx, user, &factor, &code)?;
    }
    store::give(tx.conn(), session, now)?;
    let how = if is_recovery { "recovery_code" } else { "authenticator" };
    let entry =
        Entry { record_kind: "session", record_id: session, before: Value::Null, after: json!({ "second_factor": how }), reason: None };
    audit::record(tx, entry).map(|_| ())
}

/// For whom wrong codes are counted.
fn subject(user: Id) -> String {
    hash_of(&format!("second factor of {user}"))
}

/// Uses the code of a time step, once.
fn use_code(tx: &mut Tx<'_>, user: Id, factor: &store::Factor, code: &str) -> Result<(), Refusal> {
    let (now, subject) = (tx.real_at(), subject(user));
    may_try(sessions::failures(tx.conn(), &subject)?, now)?;
    let secret = BASE32_NOPAD.decode(factor.secret.as_bytes()).map_err(Refusal::broken)?;
    let Some(step) = rules::step_of(&secret, code.trim(), now, factor.last_step) else {
        tx.keep_if_refused(move |tx, _| {
            let failures = Failures::one_more(sessions::failures(tx.conn(), &subject)?, now);
            sessions::set_failures(tx.conn(), &subject, failures, Failures::forgotten_before(now))
        });
        let message = "This is not a code of your authenticator now, or it was used already. Wait for the next one, and look whether its clock is right.";
        return Err(Refusal::invalid("/code", "wrong", message));
    };
    sessions::clear_failures(tx.conn(), &subject)?;
    store::use_step(tx.conn(), user, step)
}

/// Takes a person's second factor away, where its authenticator is lost. Their sessions lose it at once.
///
/// # Errors
/// [`Refusal::NotFound`] without such a user; [`Code::WrongState`] where there is none.
pub fn remove(tx: &mut Tx<'_>, user: Id) -> Result<(), Refusal> {
    let person = users::store::get(tx.conn(), user)?;
    if !store::remove(tx.conn(), user)? {
        return Err(Refusal::rule(Code::WrongState, "This user has no second factor."));
    }
    users::acts::tell_of_change(tx, &person, &users::SignInChange::SecondFactor)?;
    log(tx, user, json!({ "state": "confirmed" }), Value::Null)
}

/// The secret never stands in the log.
fn log(tx: &mut Tx<'_>, user: Id, before: Value, after: Value) -> Result<(), Refusal> {
    audit::record(tx, Entry { record_kind: "second_factor", record_id: user, before, after, reason: None }).map(|_| ())
}
