//! What is told to whoever lets money go, and to the chief finance officer, when somebody else changes how they sign in or what they may do. Pure.

use crate::access::permissions::{Permission, Role};

/// What somebody else changed of how a person signs in, or of what they may do with money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInChange {
    /// They sign in with another address.
    Address(String),
    /// They sign in with another password.
    Password,
    /// They enrol an authenticator anew.
    SecondFactor,
    /// They were given a role that lets money go, or that says who may.
    Given,
    /// They were shut out, and may sign in again.
    Again,
    /// They were chief finance officer, and are no more.
    Taken,
}

impl SignInChange {
    /// What was done, said to the person.
    #[must_use]
    pub fn to_them(&self) -> String {
        match self {
            Self::Address(new) => format!("changed your address to {new}"),
            Self::Password => "set your password".to_owned(),
            Self::SecondFactor => "took your second factor away".to_owned(),
            Self::Given => "gave you a role that lets money go, or that says who may".to_owned(),
            Self::Again => "let you sign in again".to_owned(),
            Self::Taken => "took the role of chief finance officer from you, or shut you out".to_owned(),
        }
    }

    /// The same, said of the person to whoever says who may let money go.
    #[must_use]
    pub fn of(&self, name: &str) -> String {
        match self {
            Self::Address(new) => format!("changed the address of {name} to {new}"),
            Self::Password => format!("set the password of {name}"),
            Self::SecondFactor => format!("took the second factor of {name} away"),
            Self::Given => format!("gave {name} a role that lets money go, or that says who may"),
            Self::Again => format!("let {name} sign in again"),
            Self::Taken => format!("took the role of chief finance officer from {name}, or shut them out"),
        }
    }
}

/// Whether these roles let money go.
#[must_use]
pub fn lets_money_go(roles: &[Role]) -> bool {
    Permission::PaymentsAuthorise.is_given_to(roles)
}

/// Whether these roles say who may let money go.
#[must_use]
pub fn says_who_may(roles: &[Role]) -> bool {
    Permission::PaymentPolicyManage.is_given_to(roles)
}

/// What another set of roles changes that has to be told: more than before is given, or what the chief finance officer has is taken.
#[must_use]
pub fn told_of_roles(before: &[Role], after: &[Role]) -> Option<SignInChange> {
    let is_given = (lets_money_go(after) && !lets_money_go(before)) || (says_who_may(after) && !says_who_may(before));
    let is_taken = says_who_may(before) && !says_who_may(after);
    if is_given { Some(SignInChange::Given) } else { is_taken.then_some(SignInChange::Taken) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_that_let_money_go_are_told_of() {
        let (com, apr, cfo) = (Role::Commissioner, Role::Approver, Role::ChiefFinanceOfficer);
        assert_eq!(told_of_roles(&[com], &[com, apr]), Some(SignInChange::Given));
        assert_eq!(told_of_roles(&[apr], &[cfo, apr]), Some(SignInChange::Given));
        assert_eq!(told_of_roles(&[cfo], &[apr]), Some(SignInChange::Given));
        assert_eq!(told_of_roles(&[apr, cfo], &[apr]), Some(SignInChange::Taken));
        assert_eq!(told_of_roles(&[apr], &[Role::Finance]), None);
        assert_eq!(told_of_roles(&[apr], &[com]), None);
    }
}
