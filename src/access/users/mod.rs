//! People who sign in. A user is never deleted: the log names them. Who leaves is deactivated, which ends their sessions at once.

pub mod acts;
mod changes;
pub mod routes;
mod rules;
pub(in crate::access) mod store;

pub(in crate::access) use changes::SignInChange;
pub use rules::canonical_email;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, Role};
use crate::kernel::{Id, Moment};

/// What an administrator says of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserInput {
    /// The e-mail address to sign in with; upper and lower case are the same.
    #[schema(format = Email, min_length = 3, max_length = 254, example = "officer@opcc.example")]
    pub email: String,
    /// The name that others see.
    #[schema(min_length = 1, max_length = 200, example = "Demo Officer")]
    pub name: String,
    /// What parts they play.
    #[schema(min_items = 1, max_items = 11)]
    pub roles: Vec<Role>,
    /// The provider they belong to; needed for provider roles, and for them alone.
    #[serde(default)]
    pub provider_id: Option<Id>,
    /// The codes of the areas for which an endorser speaks; without any it speaks for none.
    #[serde(default)]
    #[schema(inline, max_items = 200)]
    pub areas: Vec<String>,
}

/// A user as the database has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Their id.
    pub id: Id,
    /// The current version.
    pub version: i32,
    /// When that version was recorded.
    pub recorded_at: Moment,
    /// What an administrator said of them.
    #[serde(flatten)]
    pub facts: UserInput,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether a password was set.
    pub has_password: bool,
}

/// A user as the API shows them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserView {
    /// Their id.
    pub id: Id,
    /// The e-mail address to sign in with, in lower case.
    #[schema(max_length = 254)]
    pub email: String,
    /// The name that others see.
    #[schema(max_length = 200)]
    pub name: String,
    /// What parts they play.
    pub roles: Vec<Role>,
    /// The provider they belong to.
    pub provider_id: Option<Id>,
    /// The codes of the areas for which an endorser speaks.
    pub areas: Vec<String>,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether a password was set.
    pub has_password: bool,
    /// The current version.
    pub version: i32,
    /// When that version was recorded.
    pub recorded_at: Moment,
    /// What you may do to this user now.
    pub allowed_actions: Vec<String>,
}

impl User {
    /// The user as `caller` sees them; `sole` is the only active administrator, who stays.
    #[must_use]
    pub fn view(self, caller: &Caller, sole: Option<Id>) -> UserView {
        let actions: &[&str] = match (caller.may(Permission::UsersManage), self.active) {
            (false, _) => &[],
            (true, false) => &["change", "password", "activation"],
            (true, true) if sole == Some(self.id) => &["change", "password"],
            (true, true) => &["change", "password", "deactivation"],
        };
        UserView {
            id: self.id,
            email: self.facts.email,
            name: self.facts.name,
            roles: self.facts.roles,
            provider_id: self.facts.provider_id,
            areas: self.facts.areas,
            active: self.active,
            has_password: self.has_password,
            version: self.version,
            recorded_at: self.recorded_at,
            allowed_actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        }
    }
}
