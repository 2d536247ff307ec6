//! Programs that call with client credentials (RFC 6749, section 4.4): a secret that is shown once, roles like those of people,
//! and no session. A new secret replaces the one before at once, and the tokens got with it.

pub mod acts;
pub mod routes;
mod rules;
pub(in crate::access) mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, Role};
use crate::kernel::{Id, Moment};

/// What an administrator says of a service client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceClientInput {
    /// The name with which it asks for tokens.
    #[schema(min_length = 3, max_length = 60, pattern = "^[a-z0-9][a-z0-9-]*[a-z0-9]$", example = "finance-warehouse")]
    pub client_id: String,
    /// What it is, for people.
    #[schema(min_length = 1, max_length = 200, example = "Finance data warehouse")]
    pub name: String,
    /// What parts it plays.
    #[schema(min_items = 1, max_items = 11)]
    pub roles: Vec<Role>,
    /// The provider it belongs to; needed for provider roles, and for them alone.
    #[serde(default)]
    pub provider_id: Option<Id>,
}

/// A service client as the database has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceClient {
    /// Its id.
    pub id: Id,
    /// The current version.
    pub version: i32,
    /// When that version was recorded.
    pub recorded_at: Moment,
    /// What an administrator said of it.
    #[serde(flatten)]
    pub facts: ServiceClientInput,
    /// Whether it may get tokens.
    pub active: bool,
    /// When its secret was made.
    pub secret_made_at: Option<Moment>,
}

/// A service client as the API shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceClientView {
    /// Its id.
    pub id: Id,
    /// The name with which it asks for tokens.
    #[schema(max_length = 60)]
    pub client_id: String,
    /// What it is, for people.
    #[schema(max_length = 200)]
    pub name: String,
    /// What parts it plays.
    #[schema(max_items = 11)]
    pub roles: Vec<Role>,
    /// The provider it belongs to.
    pub provider_id: Option<Id>,
    /// Whether it may get tokens.
    pub active: bool,
    /// The secret, in the one answer that shows it: it is not kept, so a repeated request does not show it again.
    #[schema(max_length = 100)]
    pub client_secret: Option<String>,
    /// When its secret was made.
    pub secret_made_at: Option<Moment>,
    /// The current version.
    pub version: i32,
    /// When that version was recorded.
    pub recorded_at: Moment,
    /// What you may do to this client now.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

impl ServiceClient {
    /// The client as `caller` sees it.
    #[must_use]
    pub fn view(self, caller: &Caller) -> ServiceClientView {
        let switch = if self.active { "deactivation" } else { "activation" };
        let actions: &[&str] = if caller.may(Permission::UsersManage) { &["change", "secret", switch] } else { &[] };
        ServiceClientView {
            id: self.id,
            client_id: self.facts.client_id,
            name: self.facts.name,
            roles: self.facts.roles,
            provider_id: self.facts.provider_id,
            active: self.active,
            client_secret: None,
            secret_made_at: self.secret_made_at,
            version: self.version,
            recorded_at: self.recorded_at,
            allowed_actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        }
    }
}
