//! Making, changing and switching off users.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::access::passwords::HashedPassword;
use crate::access::permissions::{Permission, Role, check_roles};
use crate::access::sessions::{self, EndReason};
use crate::access::users::changes::{SignInChange, lets_money_go, says_who_may, told_of_roles};
use crate::access::users::rules::{canonical_email, check_facts, check_password, keep_an_administrator};
use crate::access::users::{User, UserInput, store};
use crate::audit::{self, Entry};
use crate::kernel::{Code, Event, Faults, Id, Moment, Refusal};
use crate::outbox::{self, Message};
use crate::store::{Conn, Tx};

/// Makes a user, who can sign in once a password is set.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault; [`Code::Taken`] where another user has the address.
pub fn create(tx: &mut Tx<'_>, input: &UserInput, password: Option<&HashedPassword>) -> Result<User, Refusal> {
    let facts = checked(tx, input)?;
    refuse_taken(tx.conn(), &facts.email, None)?;
    let id = tx.new_id();
    let recorded_at = tx.recorded_at();
    store::insert(tx.conn(), id, &facts, recorded_at)?;
    if let Some(password) = password {
        let set_at = tx.real_at();
        store::set_password(tx.conn(), id, password, set_at)?;
    }
    let user = store::get(tx.conn(), id)?;
    log(tx, id, Value::Null, &user)?;
    Ok(user)
}

/// Changes what is said of a user.
///
/// # Errors
/// As for [`create`]; [`Refusal::Stale`]; [`Code::RuleBroken`] where nobody would be left to administer.
pub fn change(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    merge: impl FnOnce(&UserInput) -> Result<UserInput, Refusal>,
) -> Result<User, Refusal> {
    let before = current(tx, id, version)?;
    let facts = checked(tx, &merge(&before.facts)?)?;
    refuse_taken(tx.conn(), &facts.email, Some(id))?;
    if facts.email != before.facts.email {
        tell_of_change(tx, &before, &SignInChange::Address(facts.email.clone()))?;
    }
    if let Some(change) = told_of_roles(&before.facts.roles, &facts.roles) {
        tell_of_change(tx, &before, &change)?;
    }
    save(tx, &before, &facts, before.active)
}

/// Lets a user sign in again.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`] for a user who may sign in already.
pub fn activate(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<User, Refusal> {
    let before = current(tx, id, version)?;
    if before.active {
        return Err(Refusal::wrong_state("user", "active", "activated"));
    }
    tell_of_change(tx, &before, &SignInChange::Again)?;
    let facts = before.facts.clone();
    save(tx, &before, &facts, true)
}

/// Shuts a user out and ends their sessions.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`] for a user who is shut out already; [`Code::RuleBroken`] for the last administrator.
pub fn deactivate(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<User, Refusal> {
    let before = current(tx, id, version)?;
    if !before.active {
        return Err(Refusal::wrong_state("user", "inactive", "deactivated"));
    }
    sessions::acts::end_all(tx, id, EndReason::Deactivated, None)?;
    if says_who_may(&before.facts.roles) {
        tell_of_change(tx, &before, &SignInChange::Taken)?;
    }
    let facts = before.facts.clone();
    save(tx, &before, &facts, false)
}

/// The addresses of those who may sign in and play one of `roles` for a provider, in their order.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn reached(conn: &mut Conn, provider_id: Id, roles: &[Role]) -> Result<Vec<String>, Refusal> {
    store::reached(conn, provider_id, roles)
}

/// Those of these providers for which somebody who may sign in plays one of `roles`.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn staffed(conn: &mut Conn, providers: &[Id], roles: &[Role]) -> Result<HashSet<Id>, Refusal> {
    store::staffed(conn, providers, roles)
}

/// A user.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn get(conn: &mut Conn, id: Id) -> Result<User, Refusal> {
    store::get(conn, id)
}

/// The user with this e-mail address.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, email: &str) -> Result<Option<Id>, Refusal> {
    store::id_of_email(conn, &canonical_email(email))
}

/// Refuses a password that is no good for the user.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault; [`Refusal::NotFound`].
pub fn check_new_password(conn: &mut Conn, id: Id, password: &str) -> Result<(), Refusal> {
    let user = store::get(conn, id)?;
    let mut faults = Faults::new();
    check_password(password, &user.facts.email, &mut faults);
    faults.into_result()
}

/// Refuses a password that is no good for somebody with this address, before there is such a user.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault.
pub fn check_first_password(email: &str, password: &str) -> Result<(), Refusal> {
    let mut faults = Faults::new();
    check_password(password, &canonical_email(email), &mut faults);
    faults.into_result()
}

/// Sets a user's password and ends their sessions, but for `kept`.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn set_password(tx: &mut Tx<'_>, id: Id, password: &HashedPassword, kept: Option<Id>) -> Result<(), Refusal> {
    let user = store::get(tx.conn(), id)?;
    let set_at = tx.real_at();
    store::set_password(tx.conn(), id, password, set_at)?;
    sessions::acts::end_all(tx, id, EndReason::PasswordChanged, kept)?;
    tell_of_change(tx, &user, &SignInChange::Password)?;
    let had = |has: bool| json!({ "has_password": has });
    let entry = Entry { record_kind: "user", record_id: id, before: had(user.has_password), after: had(true), reason: None };
    audit::record(tx, entry).map(|_| ())
}

/// Notes that somebody else changed how a user signs in, or what they may do with money. Where they let money go, or say who may, they are told, and so is
/// the chief finance officer: for a while they do neither. Whoever gives themselves such a role is noted too.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::access) fn tell_of_change(tx: &mut Tx<'_>, user: &User, change: &SignInChange) -> Result<(), Refusal> {
    let actor = tx.actor().clone();
    let is_given = *change == SignInChange::Given;
    if actor.id.is_none_or(|actor| actor == user.id && !is_given) {
        return Ok(());
    }
    // Whoever loses a role is told, and keeps doing what is left to them.
    if *change != SignInChange::Taken {
        let at = tx.real_at();
        store::note_change(tx.conn(), user.id, at)?;
    }
    let (facts, is_chief) = (&user.facts, says_who_may(&user.facts.roles));
    if !is_given && !is_chief && !lets_money_go(&facts.roles) {
        return Ok(());
    }
    let whom = if is_chief { "the auditors" } else { "the chief finance officer" };
    let pause = |who: &str| {
        if *change == SignInChange::Taken {
            return String::new();
        }
        format!(" For some hours {who} cannot authorise payments, nor say who may, in case somebody else signs in with this name.")
    };
    let to_them = format!("{} {}.{} If you did not ask for this, tell {whom} at once.\n", actor.name, change.to_them(), pause("you"));
    let to_chiefs = format!(
        "{} {}.{} Ask them, by telephone or face to face, whether they know of this. If they do not, have their payments held and tell the auditors.\n",
        actor.name,
        change.of(&facts.name),
        pause("they")
    );
    let message = |recipient: String, subject: &str, body: String| Message {
        recipient,
        subject: subject.to_owned(),
        body,
        record_kind: "user",
        record_id: user.id,
    };
    let mut all = vec![message(facts.email.clone(), "How you sign in was changed", to_them)];
    let chiefs = store::addresses(tx.conn(), Permission::PaymentPolicyManage.roles())?;
    let others = chiefs.into_iter().filter(|chief| *chief != facts.email);
    all.extend(others.map(|chief| message(chief, "A change to somebody who lets money go", to_chiefs.clone())));
    outbox::queue_all(tx, all)
}

/// Tells whoever lets money go that an authenticator was set up for them: they hear of it where somebody else did so with their password.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::access) fn tell_of_authenticator(tx: &mut Tx<'_>, user: &User) -> Result<(), Refusal> {
    if !lets_money_go(&user.facts.roles) {
        return Ok(());
    }
    let (recipient, subject) = (user.facts.email.clone(), "An authenticator was set up for you".to_owned());
    let body = "Its codes authorise payments in your name. If you did not set it up, tell the chief finance officer at once.\n".to_owned();
    outbox::queue(tx, Message { recipient, subject, body, record_kind: "user", record_id: user.id }).map(|_| ())
}

/// When somebody else changed how a user signs in, the last time.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn changed_at(conn: &mut Conn, id: Id) -> Result<Option<Moment>, Refusal> {
    store::changed_at(conn, id)
}

/// Those of these users who may sign in and have a permission.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn able(conn: &mut Conn, ids: &[Id], permission: Permission) -> Result<HashSet<Id>, Refusal> {
    Ok(if ids.is_empty() { HashSet::new() } else { store::playing(conn, ids, permission.roles())?.into_iter().collect() })
}

fn current(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<User, Refusal> {
    let user = store::get(tx.conn(), id)?;
    if user.version == version { Ok(user) } else { Err(Refusal::Stale) }
}

fn save(tx: &mut Tx<'_>, before: &User, facts: &UserInput, active: bool) -> Result<User, Refusal> {
    let administers = |facts: &UserInput, active: bool| active && facts.roles.contains(&Role::Administrator);
    let (was, stays) = (administers(&before.facts, before.active), administers(facts, active));
    if was && !stays {
        let is_sole = store::sole_administrator(tx.conn())? == Some(before.id);
        keep_an_administrator(was, stays, is_sole)?;
    }
    let recorded_at = tx.recorded_at();
    store::save(tx.conn(), before.id, before.version, facts, active, recorded_at)?;
    let after = store::get(tx.conn(), before.id)?;
    log(tx, before.id, value(before)?, &after)?;
    Ok(after)
}

/// The facts as they are kept, with every fault found at once.
fn checked(tx: &mut Tx<'_>, input: &UserInput) -> Result<UserInput, Refusal> {
    let facts = UserInput {
        email: canonical_email(&input.email),
        name: input.name.trim().to_owned(),
        areas: input.areas.iter().map(|area| area.trim().to_owned()).collect(),
        ..input.clone()
    };
    let mut faults = Faults::new();
    let speaks_for_areas = facts.roles.contains(&Role::Endorser);
    check_facts(&facts.email, &facts.name, &facts.areas, speaks_for_areas, &mut faults);
    check_roles(&facts.roles, facts.provider_id, &mut faults);
    if let Some(provider_id) = facts.provider_id {
        // Whether there is such a provider is known to the right of here.
        match tx.emit(Event::ProviderNamed { provider_id }) {
            Err(Refusal::Invalid(more)) => faults.0.extend(more),
            other => other?,
        }
    }
    faults.into_result()?;
    Ok(facts)
}

fn refuse_taken(conn: &mut Conn, email: &str, own: Option<Id>) -> Result<(), Refusal> {
    match store::id_of_email(conn, email)? {
        Some(other) if Some(other) != own => {
            let facts = json!({ "field": "email" });
            Err(Refusal::rule_with(Code::Taken, "Another user has this e-mail address.", facts))
        }
        _ => Ok(()),
    }
}

fn value(user: &User) -> Result<Value, Refusal> {
    serde_json::to_value(user).map_err(Refusal::broken)
}

fn log(tx: &mut Tx<'_>, id: Id, before: Value, after: &User) -> Result<(), Refusal> {
    let entry = Entry { record_kind: "user", record_id: id, before, after: value(after)?, reason: None };
    audit::record(tx, entry).map(|_| ())
}
