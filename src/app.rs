//! Assembles the HTTP service: one line a capability.

use std::sync::Arc;

use actix_web::web;

use crate::access;
use crate::audit;
use crate::awards;
use crate::figures;
use crate::funds;
use crate::http::api::{Api, Routes};
use crate::http::health;
use crate::http::known::At;
use crate::http::service::Service;
use crate::http::shape::Shapes;
use crate::kernel::{Event, Refusal};
use crate::ledger;
use crate::meetings;
use crate::novations;
use crate::payments;
use crate::providers;
use crate::publishing;
use crate::reports;
use crate::returns;
use crate::store::tx::{Follower, Tx};
use crate::variations;

/// What follows what, inside one transaction.
pub const FOLLOWERS: &[Follower] = &[
    audit::follow,
    providers::follow,
    returns::acts::follow,
    payments::follow::follow,
    payments::year_end::acts::recycled::follow,
    freeze_claims,
];

/// Follows claims: what a claim says is worked out by the reports, and kept when it is certified. Returns that are outstanding were spoken of.
fn freeze_claims(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    let Event::FunderClaimCertified { claim_id } = event else { return Ok(()) };
    let at = At { as_at: tx.today(), known_at: tx.recorded_at() };
    reports::claim::outstanding::check(tx.conn(), at, claim_id)?;
    let figures = reports::claim::figures(tx.conn(), at, claim_id)?;
    publishing::claims::acts::freeze(tx, claim_id, &figures)
}

/// Every operation of the service, its checks and its description.
///
/// # Errors
/// A fault of ours in a description, which stops the program at its start.
pub fn api() -> Result<(Routes, Arc<Shapes>, serde_json::Value), String> {
    let mut api = Api::default();
    mount(&mut api);
    api.finish()
}

fn mount(api: &mut Api) {
    health::mount(api);
    access::routes::mount(api);
    audit::routes::mount(api);
    returns::evidence::routes::mount_files(api);
    ledger::routes::mount(api);
    funds::routes::mount(api);
    providers::routes::mount(api);
    awards::routes::mount(api);
    variations::routes::mount(api);
    returns::routes::mount(api);
    payments::routes::mount(api);
    meetings::routes::mount(api);
    novations::routes::mount(api);
    figures::control_totals::routes::mount(api);
    reports::routes::mount(api);
    publishing::board::routes::mount(api);
    publishing::policy::routes::mount(api);
    publishing::open_data::routes::mount(api);
}

/// Mounts everything on a worker's application.
pub fn configure(config: &mut web::ServiceConfig, service: &web::Data<Service>, routes: &Routes) {
    config.app_data(service.clone());
    returns::page::routes::configure(config);
    routes.configure(config);
}
