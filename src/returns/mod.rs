//! Quarterly returns: what a provider reports for one award and period (R71, R74, R75).
//!
//! A return appears by itself when its award goes live, one for each period of the award's monitoring plan, and is made again when
//! dates change, unless it has been begun. The provider writes and submits it; the office queries or accepts it. An accepted
//! return is frozen under a hash ([`freeze`]) and never opened again; what was wrong in it is adjusted in a later one. What is reported as spent is a figure, not a movement of money.
//!
//! *Not reported*, *zero* and *not applicable* are three things: in storage, in answers and in reports.
//!
//! What is wrong or doubtful in a return is one list, [`rules::findings`]: the return shows it, and its errors stop the submission.
//!
//! `not_yet_due`, `due` and `overdue` follow from the day and are never stored. Payments do not wait for a return (R71), unless a rule of the office
//! says so.

pub mod acts;
pub mod adjustments;
pub mod backlog;
pub mod evidence;
pub mod foreseen;
pub mod form;
pub mod freeze;
pub mod imported;
mod kept;
mod owed;
pub mod packing;
pub mod page;
pub mod paper;
pub mod passing;
pub mod policy;
pub mod queries;
pub mod redaction;
pub mod release;
pub mod reminders;
pub mod routes;
pub mod rules;
pub mod sections;
mod steps;
mod store;
pub mod workbook;

use crate::kernel::{Id, Refusal};
use crate::store::Conn;

pub use rules::{ReturnContent, ReturnKind, ReturnState};

/// The returns of these awards that were sent, with what each reports as spent, adjusted.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn sent(conn: &mut Conn, awards: &[Id]) -> Result<Vec<rules::SentReturn>, Refusal> {
    store::sent(conn, awards)
}
