//! What every handler works with.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, web};
use tracing_actix_web::RequestId;

use crate::access::Access;
use crate::documents::{Press, Shelf};
use crate::http::limit::Limits;
use crate::http::shape::Shapes;
use crate::store::Db;

/// The running service: made once, shared by all requests.
pub struct Service {
    /// The database.
    pub db: Db,
    /// Who is calling.
    pub access: Access,
    /// Files attached and made.
    pub shelf: Shelf,
    /// Papers as PDF.
    pub press: Press,
    /// What each kind of body must look like.
    pub shapes: Arc<Shapes>,
    /// How fast a caller may ask.
    pub limits: Limits,
}

/// The service behind a request.
///
/// # Errors
/// A fault of ours where the application was assembled without it.
pub fn of(request: &HttpRequest) -> Result<Arc<Service>, crate::kernel::Refusal> {
    request
        .app_data::<web::Data<Service>>()
        .map(|data| Arc::clone(data))
        .ok_or_else(|| crate::kernel::Refusal::broken("the service is not in the application"))
}

/// The id under which this request is logged.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}
