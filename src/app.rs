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
use crate::http::service::Service;
use crate::http::shape::Shapes;
use crate::ledger;
use crate::meetings;
use crate::providers;
use crate::reports;
use crate::returns;
use crate::store::tx::Follower;
use crate::variations;

/// What follows what, inside one transaction.
pub const FOLLOWERS: &[Follower] = &[audit::follow, providers::follow, returns::acts::follow];

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
    meetings::routes::mount(api);
    figures::control_totals::routes::mount(api);
    reports::routes::mount(api);
}

/// Mounts everything on a worker's application.
pub fn configure(config: &mut web::ServiceConfig, service: &web::Data<Service>, routes: &Routes) {
    config.app_data(service.clone());
    routes.configure(config);
}
