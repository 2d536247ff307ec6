//! Who receives: organisations (`provider`) with their aliases, identifiers, services and consortia, and the programmes that several
//! awards deliver together.
//!
//! A provider is found by any of its names: `?search=BCWA` finds Black Country Women's Aid. Each change makes a new version; the
//! old ones stay, so a report as known on an earlier day shows the name of that day. A charity number or a company number belongs to
//! one provider. One organisation may run several services ([`service_lines`], R42), so an award names a provider and, where there
//! are several, the service line.
//!
//! What the office has looked at before it trusts a provider with money is kept in [`checks`]. One that failed or expired stops offers.
//! Letters that a provider asked for, such as evidence of its key workers' status, are logged in [`letters`].
//!
//! A consortium is a provider of the kind `consortium` with members, one of which leads (R38). Members may be consortia themselves,
//! but never in a circle.
//!
//! A provider role sees its own organisation and its own service lines; any other answers as if it did not exist. It sees
//! the programmes that it delivers or evaluates, without who else delivers them and without the money of their co-funders.
//!
//! What a source does not print, an imported record says (`not_evidenced`). A record made here has all of it: a kind, a postcode, and
//! for charities, companies and voluntary organisations the number they are registered under.

pub mod acts;
pub mod checks;
pub mod letters;
pub mod programmes;
pub mod routes;
pub mod rules;
pub mod service_lines;
mod store;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Event, Id, Refusal};
use crate::providers::rules::{PccStatus, ProviderKind};
use crate::store::{Conn, Tx};

/// An organisation in short, as other records show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderSummary {
    /// Its id.
    pub id: Id,
    /// The reference that people use.
    #[schema(max_length = 40, example = "BCWA")]
    pub reference: String,
    /// The canonical name.
    #[schema(max_length = 300, example = "Black Country Women's Aid")]
    pub name: String,
    /// What kind of organisation it is; none where its source does not show it.
    pub kind: Option<ProviderKind>,
    /// Whether the office commissions it already.
    pub pcc_status: PccStatus,
}

/// The organisation in short, as it is now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn summary(conn: &mut Conn, id: Id) -> Result<Option<ProviderSummary>, Refusal> {
    Ok(summaries(conn, &[id])?.pop())
}

/// Those of these organisations that exist, in short, by reference.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn summaries(conn: &mut Conn, ids: &[Id]) -> Result<Vec<ProviderSummary>, Refusal> {
    store::summaries(conn, ids)
}

/// The numbers under which the finance system knows these organisations, of those that have one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn supplier_numbers(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>, Refusal> {
    store::supplier_numbers(conn, ids)
}

/// Whether there is such an organisation.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn exists(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(store::version_now(conn, id)?.is_some())
}

/// Follows what others say of providers: a user or service client may speak only for one that exists.
///
/// # Errors
/// [`Refusal::Invalid`] where there is no such provider.
pub fn follow(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    match event {
        Event::ProviderNamed { provider_id } if !exists(tx.conn(), provider_id)? => {
            Err(Refusal::invalid("/provider_id", "unknown_record", "There is no such provider."))
        }
        _ => Ok(()),
    }
}
