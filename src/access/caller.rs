//! A caller: who, with which roles, confined to what.

use crate::access::permissions::{Permission, Role};
use crate::kernel::{Actor, ActorKind, Id};

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Person or program; `System` stands for nobody in particular.
    pub kind: ActorKind,
    /// The user or service client.
    pub id: Option<Id>,
    /// Their name in the log.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// The provider they belong to, for provider roles.
    pub provider_id: Option<Id>,
    /// Their session, for people.
    pub session_id: Option<Id>,
    /// To what the token is confined; nothing where all that the roles allow may be done.
    pub token_scope: Option<Vec<Permission>>,
}

/// Which records a caller may see at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All records of the office.
    Office,
    /// The records of one provider.
    Provider(Id),
    /// No provider's records: a provider role without a provider.
    Nothing,
}

impl Caller {
    /// Nobody: no token came.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            kind: ActorKind::System,
            id: None,
            name: "anonymous".to_owned(),
            roles: Vec::new(),
            provider_id: None,
            session_id: None,
            token_scope: None,
        }
    }

    /// Whether nobody is signed in.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.id.is_none()
    }

    /// A stable name for idempotency keys and limits.
    #[must_use]
    pub fn subject(&self) -> String {
        self.id.map_or_else(|| "anonymous".to_owned(), |id| id.to_string())
    }

    /// The caller as the log names them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { kind: self.kind, id: self.id, name: self.name.clone(), provider_id: self.provider_id }
    }

    /// Whether this caller may do that kind of thing: a role gives it, and the token is not confined to other things.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        permission.is_given_to(&self.roles) && self.token_scope.as_ref().is_none_or(|scope| scope.contains(&permission))
    }

    /// Everything that this caller may do.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|permission| self.may(*permission)).collect()
    }

    /// Which records this caller may see. A provider role confines, whatever other roles there are.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match (self.roles.iter().any(|role| role.is_provider()), self.provider_id) {
            (true, Some(provider)) => Scope::Provider(provider),
            (true, None) => Scope::Nothing,
            (false, _) => Scope::Office,
        }
    }
}

impl Scope {
    /// Whether a record of `provider` is inside.
    #[must_use]
    pub fn holds(self, provider: Option<Id>) -> bool {
        match self {
            Self::Office => true,
            Self::Provider(own) => provider == Some(own),
            Self::Nothing => false,
        }
    }
}
