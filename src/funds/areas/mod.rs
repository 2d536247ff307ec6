//! Areas: the places that services are for. Regions, force areas and local authorities carry the code of the Office for National
//! Statistics; smaller places are the office's own. An area exists from a day to a day.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use std::collections::HashMap;

use crate::funds::record::Record;
use crate::kernel::{Id, Named, Refusal};
use crate::store::Conn;

pub use rules::{AreaInput, AreaKind};

/// An area in one version.
pub type Area = Record<AreaInput>;

/// The area as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Area>, Refusal> {
    store::load(conn, id)
}

/// The areas among `ids` by id, as other records show them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}

/// All areas, as other records show them, by code.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn all(conn: &mut Conn) -> Result<Vec<Named>, Refusal> {
    store::all(conn)
}

/// What kind of area each of `ids` is, as far as it exists.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn kinds(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, AreaKind>, Refusal> {
    store::kinds(conn, ids)
}
