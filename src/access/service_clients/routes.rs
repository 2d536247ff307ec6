//! The operations of service clients, and the token endpoint.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::passwords::{Secret, hash_of};
use crate::access::permissions::{Permission, can};
use crate::access::service_clients::rules::scope;
use crate::access::service_clients::{ServiceClient, ServiceClientInput, ServiceClientView, acts, store};
use crate::access::tokens::Subject;
use crate::http::act::Stored;
use crate::http::service::Service;
use crate::http::{Api, Ask, Change, Create, Form, Json, Listed, Listing, Made, Once, One, Patching, Plain};
use crate::kernel::{Actor, ActorKind, Id, Page, Refusal};
use crate::store::WriteMeta;

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Service clients", "Programs that call with client credentials.");
    api.post("/oauth/token", "oauth_token_create", "Get an access token for a service client (client credentials)", token);
    api.get("/v1/service-clients", "service_clients_list", "List service clients by client id", list);
    api.post("/v1/service-clients", "service_clients_create", "Make a service client; the answer shows its secret once", create);
    api.get("/v1/service-clients/{id}", "service_clients_get", "Show a service client", get);
    api.patch("/v1/service-clients/{id}", "service_clients_change", "Change what is said of a service client", change);
    api.post(
        "/v1/service-clients/{id}/secret",
        "service_clients_secret_replace",
        "Replace a client's secret; the answer shows it once",
        replace,
    );
    api.post("/v1/service-clients/{id}/deactivation", "service_clients_deactivate", "Shut a service client out at once", deactivate);
    api.post("/v1/service-clients/{id}/activation", "service_clients_activate", "Let a service client in again", activate);
    api.actions::<ServiceClientView>(&[
        ("change", "service_clients_change"),
        ("secret", "service_clients_secret_replace"),
        ("deactivation", "service_clients_deactivate"),
        ("activation", "service_clients_activate"),
    ]);
}

/// What narrows the list of service clients.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ServiceClientFilter {
    /// Part of the name or client id; upper and lower case are the same.
    #[schema(min_length = 1, max_length = 100)]
    search: Option<String>,
    /// Only clients that may get tokens, or only those that may not.
    active: Option<bool>,
}

words! {
    /// How a token is got.
    pub enum GrantType {
        /// With the client's own secret.
        ClientCredentials = "client_credentials",
    }
}

/// A client that asks for a token (RFC 6749, section 4.4.2).
#[derive(Clone, Deserialize, ToSchema)]
pub struct TokenInput {
    /// How the token is got; this is the only way here.
    #[expect(dead_code, reason = "there is one way, which the schema checks")]
    grant_type: GrantType,
    /// The client.
    #[schema(min_length = 1, max_length = 60, example = "finance-warehouse")]
    client_id: String,
    /// Its secret.
    #[schema(min_length = 1, max_length = 200, format = Password)]
    client_secret: String,
    /// Permissions to which the token is confined, with blanks between; left out: all that the client's roles allow.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000, example = "reports.read")]
    scope: Option<String>,
}

/// An access token of a service client (RFC 6749, section 5.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Send it as `Authorization: Bearer …`.
    #[schema(max_length = 4000)]
    access_token: String,
    /// How to send it.
    #[schema(max_length = 20, example = "Bearer")]
    token_type: String,
    /// How many seconds it counts.
    #[schema(minimum = 1)]
    expires_in: i64,
    /// What may be done with it, with blanks between.
    #[schema(max_length = 4000)]
    scope: String,
}

/// The client whose secret has this hash; a try with another is noted.
async fn prove(service: &Service, client_id: String, hash: String, request_id: String) -> Result<(Id, ServiceClient), Refusal> {
    let asked = client_id.clone();
    let found = service.db.read(move |conn| {
        let Some(proven) = store::proven(conn, &asked, &hash)? else { return Ok(None) };
        store::get(conn, proven.id).map(|client| Some((proven.secret_id, client)))
    });
    if let Some(found) = found.await? {
        return Ok(found);
    }
    let meta = WriteMeta { act: "service_client.get_token", actor: Actor::system("anonymous"), request_id };
    service.db.write(meta, move |tx| acts::note_wrong(tx, &client_id)).await?;
    Err(Refusal::BadCredentials("The client id or the secret is wrong."))
}

async fn token(call: Once<can::Anyone, (), Form<TokenInput>>) -> Result<Plain<TokenView>, Refusal> {
    let TokenInput { client_id, client_secret, scope: asked, .. } = call.input.body.0;
    let asked: Option<Vec<Permission>> = scope(asked.as_deref())?;
    let (session_id, client) = prove(&call.service, client_id, hash_of(&client_secret), call.head.request_id.clone()).await?;
    let given: Vec<Permission> = Permission::ALL.iter().copied().filter(|one| one.is_given_to(&client.facts.roles)).collect();
    let scope = asked.map(|asked| given.iter().copied().filter(|one| asked.contains(one)).collect::<Vec<_>>());
    let shown = scope.as_ref().unwrap_or(&given).iter().map(|one| one.word()).collect::<Vec<_>>().join(" ");
    let (access, now) = (&call.service.access, call.service.db.clock().now());
    let (ttl, subject) = (access.lifetimes().access, Subject { kind: ActorKind::ServiceClient, id: client.id, session_id, scope });
    let access_token = access.tokens().issue(&subject, &client.facts.roles, &client.facts.client_id, now, ttl)?;
    Ok(Plain(TokenView { access_token, token_type: "Bearer".to_owned(), expires_in: ttl.num_seconds(), scope: shown }))
}

async fn list(call: Ask<can::UsersRead, (), Listing<ServiceClientFilter>>) -> Result<Listed<ServiceClientView>, Refusal> {
    call.ask(|conn, input| {
        let filter = &input.query.filter;
        let clients = store::list(conn, filter.search.as_deref(), filter.active, &input.query.page)?;
        let page = Page::cut(clients, &input.query.page, |client| client.facts.client_id.clone());
        Ok(Listed(page.map(|client| client.view(&input.caller))))
    })
    .await
}

async fn create(call: Create<can::UsersManage, (), Json<ServiceClientInput>>) -> Result<Stored<Made<ServiceClientView>>, Refusal> {
    let secret = Secret::new()?;
    let hash = secret.hash();
    let stored = call.act("service_client.create", move |tx, input| {
        let client = acts::create(tx, &input.body.0, &hash)?;
        Ok(Made { location: format!("/v1/service-clients/{}", client.id), version: client.version, body: client.view(&input.caller) })
    });
    stored.await?.showing_once("client_secret", secret.text())
}

async fn get(call: Ask<can::UsersRead, Id>) -> Result<One<ServiceClientView>, Refusal> {
    call.ask(|conn, input| store::get(conn, input.path).map(|client| shown(client, &input.caller))).await
}

async fn change(call: Patching<can::UsersManage, Id, ServiceClientInput>) -> Result<Stored<One<ServiceClientView>>, Refusal> {
    call.act("service_client.change", |tx, input| {
        let client = acts::change(tx, input.path, input.version()?, |facts| input.body.apply(facts))?;
        Ok(shown(client, &input.caller))
    })
    .await
}

async fn replace(call: Change<can::UsersManage, Id>) -> Result<Stored<One<ServiceClientView>>, Refusal> {
    let secret = Secret::new()?;
    let hash = secret.hash();
    let stored = call.act("service_client.replace_secret", move |tx, input| {
        let client = acts::replace_secret(tx, input.path, input.version()?, &hash)?;
        Ok(shown(client, &input.caller))
    });
    stored.await?.showing_once("client_secret", secret.text())
}

async fn deactivate(call: Change<can::UsersManage, Id>) -> Result<Stored<One<ServiceClientView>>, Refusal> {
    call.act("service_client.deactivate", |tx, input| {
        let client = acts::switch(tx, input.path, input.version()?, false)?;
        Ok(shown(client, &input.caller))
    })
    .await
}

async fn activate(call: Change<can::UsersManage, Id>) -> Result<Stored<One<ServiceClientView>>, Refusal> {
    call.act("service_client.activate", |tx, input| {
        let client = acts::switch(tx, input.path, input.version()?, true)?;
        Ok(shown(client, &input.caller))
    })
    .await
}

fn shown(client: ServiceClient, caller: &Caller) -> One<ServiceClientView> {
    One { version: client.version, body: client.view(caller) }
}
