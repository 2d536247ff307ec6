//! Variations: agreed changes to an award, never edits of it (R07, R16 to R18, R52).
//!
//! ```text
//! draft → issued → accepted → applied   (or refused by the provider, lapsed, withdrawn by the office)
//! ```
//!
//! A variation says what changes ([`rules::VariationKind`]); several kinds at once. What asks more of a provider or gives it less needs its acceptance. It may
//! have a last day to answer, after which it is shown as lapsed. What stood
//! before is kept when it is issued and what stands after when it is applied; until then [`prospects`] works out what would stand and what it
//! would do to money, payments, targets and returns, so that
//! whoever signs sees it. Application makes the award's next agreement
//! version, moves the ledger and cuts the unpaid profile again; the versions before stay readable. It is done by hand, or on its day by itself.
//!
//! Several variations may be open on one award. One that touches what another has changed meanwhile is refused and names the fields; it is rebased onto what
//! is agreed now. Targets that another award shares are not one award's to change.
//!
//! A change of the value above the office's limit is approved by somebody who did not write it ([`policy`]).
//!
//! A campaign ([`campaigns`]) varies many awards at once.
//!
//! A change of the use of funds is recorded and moves no money: it is between categories of one award, never between awards.

pub mod acts;
pub mod campaigns;
pub mod imported;
pub mod letters;
mod pictures;
pub mod policy;
pub mod prospects;
pub mod routes;
pub mod rules;
mod store;

pub use rules::{VariationInput, VariationState};
