//! What other programs need to know of our tokens, and the operations of people, programs and sessions.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::keys::PublicKey;
use crate::access::permissions::{Permission, can};
use crate::access::{service_clients, sessions, users};
use crate::http::{Api, Ask, NoQuery, Plain};
use crate::kernel::Refusal;

/// Registers the operations.
pub fn mount(api: &mut Api) {
    sessions::routes::mount(api);
    users::routes::mount(api);
    service_clients::routes::mount(api);
    api.tag("Discovery", "What other programs need to know to check our tokens or to get one.");
    api.get("/.well-known/jwks.json", "jwks_get", "Publish the keys that check our tokens", key_set);
    api.get("/.well-known/oauth-authorization-server", "oauth_metadata_get", "Describe the token endpoint (RFC 8414)", metadata);
}

/// The keys that check our tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeySet {
    /// The signing key first, then those before it.
    #[schema(max_items = 20)]
    keys: Vec<PublicKey>,
}

/// What a client needs to know to get a token (RFC 8414).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenServer {
    /// Who issues: `iss` in every token.
    #[schema(max_length = 300)]
    issuer: String,
    /// Where a service client gets a token.
    #[schema(max_length = 300)]
    token_endpoint: String,
    /// Where the keys are.
    #[schema(max_length = 300)]
    jwks_uri: String,
    /// How a token is got.
    #[schema(max_items = 10)]
    grant_types_supported: Vec<String>,
    /// None: nobody is sent here with a browser.
    #[schema(max_items = 10)]
    response_types_supported: Vec<String>,
    /// How a client proves itself.
    #[schema(max_items = 10)]
    token_endpoint_auth_methods_supported: Vec<String>,
    /// To what a token can be confined.
    #[schema(max_items = 200)]
    scopes_supported: Vec<Permission>,
}

async fn key_set(call: Ask<can::Anyone, (), NoQuery>) -> Result<Plain<KeySet>, Refusal> {
    Ok(Plain(KeySet { keys: call.service.access.tokens().keys().published() }))
}

async fn metadata(call: Ask<can::Anyone, (), NoQuery>) -> Result<Plain<TokenServer>, Refusal> {
    let issuer = call.service.access.tokens().issuer();
    Ok(Plain(TokenServer {
        issuer: issuer.to_owned(),
        token_endpoint: format!("{issuer}/oauth/token"),
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        grant_types_supported: vec!["client_credentials".to_owned()],
        response_types_supported: Vec::new(),
        token_endpoint_auth_methods_supported: vec!["client_secret_post".to_owned()],
        scopes_supported: Permission::ALL.to_vec(),
    }))
}
