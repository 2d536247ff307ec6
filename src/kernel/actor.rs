//! Who does an act.

use crate::kernel::Id;

words! {
    /// What kind of caller acts.
    pub enum ActorKind {
        /// A person who signed in.
        User = "user",
        /// A program with client credentials.
        ServiceClient = "service_client",
        /// The service itself: a worker, an import, the command line.
        System = "system",
    }
}

/// Who acts, as the audit log names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Person, program or the service itself.
    pub kind: ActorKind,
    /// The user's or client's id; none for the service itself.
    pub id: Option<Id>,
    /// What the log shows: a user name, a client's name, or what part of the service acted.
    pub name: String,
    /// The provider whose records this actor is confined to, for provider roles.
    pub provider_id: Option<Id>,
}

impl Actor {
    /// The service itself, e.g. `import` or `outbox`.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self { kind: ActorKind::System, id: None, name: name.to_owned(), provider_id: None }
    }
}
