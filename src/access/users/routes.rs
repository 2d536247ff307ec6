//! The operations of users.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Role, can};
use crate::access::users::store::Narrowed;
use crate::access::users::{User, UserInput, UserView, acts, store};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Done, Json, Listed, Listing, Made, Once, One, Patching};
use crate::kernel::{Id, Page, Refusal};
use crate::store::Conn;

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Users", "People who sign in, and their roles.");
    api.get("/v1/users", "users_list", "List users by e-mail address", list);
    api.post("/v1/users", "users_create", "Make a user, who can sign in once a password is set", create);
    api.get("/v1/users/{id}", "users_get", "Show a user", get);
    api.patch("/v1/users/{id}", "users_change", "Change what is said of a user", change);
    api.post("/v1/users/{id}/password", "users_password_set", "Set a user's password; their sessions end", set_password);
    api.post("/v1/users/{id}/deactivation", "users_deactivate", "Shut a user out; their sessions end", deactivate);
    api.post("/v1/users/{id}/activation", "users_activate", "Let a user sign in again", activate);
    api.actions::<UserView>(&[
        ("change", "users_change"),
        ("password", "users_password_set"),
        ("deactivation", "users_deactivate"),
        ("activation", "users_activate"),
    ]);
}

/// What narrows the list of users.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UserFilter {
    /// Part of the name or e-mail address; upper and lower case are the same.
    #[schema(min_length = 1, max_length = 100)]
    search: Option<String>,
    /// Only users with this role.
    role: Option<Role>,
    /// Only users who may sign in, or only those who may not.
    active: Option<bool>,
    /// Only users of this provider.
    provider_id: Option<Id>,
}

/// A user's new password.
#[derive(Clone, Deserialize, ToSchema)]
pub struct PasswordInput {
    /// The password from now on.
    #[schema(min_length = 12, max_length = 128, format = Password, example = "four blind mice ran")]
    password: String,
}

async fn list(call: Ask<can::UsersRead, (), Listing<UserFilter>>) -> Result<Listed<UserView>, Refusal> {
    call.ask(|conn, input| {
        let UserFilter { search, role, active, provider_id } = input.query.filter.clone();
        let users = store::list(conn, &Narrowed { search, role, active, provider_id }, &input.query.page)?;
        let page = Page::cut(users, &input.query.page, |user| user.facts.email.clone());
        let sole = store::sole_administrator(conn)?;
        Ok(Listed(page.map(|user| user.view(&input.caller, sole))))
    })
    .await
}

async fn create(call: Create<can::UsersManage, (), Json<UserInput>>) -> Result<Stored<Made<UserView>>, Refusal> {
    call.act("user.create", |tx, input| {
        let user = acts::create(tx, &input.body.0, None)?;
        let One { version, body } = shown(tx.conn(), user, &input.caller)?;
        Ok(Made { location: format!("/v1/users/{}", body.id), version, body })
    })
    .await
}

async fn get(call: Ask<can::UsersRead, Id>) -> Result<One<UserView>, Refusal> {
    call.ask(|conn, input| store::get(conn, input.path).and_then(|user| shown(conn, user, &input.caller))).await
}

async fn change(call: Patching<can::UsersManage, Id, UserInput>) -> Result<Stored<One<UserView>>, Refusal> {
    call.act("user.change", |tx, input| {
        let user = acts::change(tx, input.path, input.version()?, |facts| input.body.apply(facts))?;
        shown(tx.conn(), user, &input.caller)
    })
    .await
}

async fn set_password(call: Once<can::UsersManage, Id, Json<PasswordInput>>) -> Result<Stored<Done>, Refusal> {
    let (id, password) = (call.input.path, call.input.body.0.password.clone());
    let asked = password.clone();
    call.service.db.read(move |conn| acts::check_new_password(conn, id, &asked)).await?;
    let hash = call.service.access.checker().hash(password).await?;
    call.act("user.set_password", move |tx, _| acts::set_password(tx, id, &hash, None).map(|()| Done)).await
}

async fn deactivate(call: Change<can::UsersManage, Id>) -> Result<Stored<One<UserView>>, Refusal> {
    call.act("user.deactivate", |tx, input| {
        let user = acts::deactivate(tx, input.path, input.version()?)?;
        shown(tx.conn(), user, &input.caller)
    })
    .await
}

async fn activate(call: Change<can::UsersManage, Id>) -> Result<Stored<One<UserView>>, Refusal> {
    call.act("user.activate", |tx, input| {
        let user = acts::activate(tx, input.path, input.version()?)?;
        shown(tx.conn(), user, &input.caller)
    })
    .await
}

fn shown(conn: &mut Conn, user: User, caller: &Caller) -> Result<One<UserView>, Refusal> {
    let sole = store::sole_administrator(conn)?;
    Ok(One { version: user.version, body: user.view(caller, sole) })
}
