//! Payments: what is paid on an award, when, from which budget lines, and who let it go.
//!
//! ```text
//! scheduled → authorised → exported → paid   (or held, cancelled, failed; paid → returned by the bank)
//! ```
//!
//! A **schedule** cuts an award into instalments, to the penny ([`schedule`]). Contracts are paid on invoices instead, due a number of days after they
//! came. What is scheduled moves no money; neither does the authorisation, which reserves what each budget line pays. The award's money moves from
//! *committed* to *paid* when the finance system has said that it paid ([`runs`]), and back when the bank returns it.
//!
//! **What holds a payment** is data ([`holding`]): by default nothing does, and late returns never do (R71). A payment that is held says by which rule
//! and what would release it; that is worked out at the moment of asking, so that a return that is accepted releases what waited for it. Somebody may
//! hold a payment by hand, too.
//!
//! **Two people** stand behind each payment: whoever asked for it (made the schedule, entered the invoice, moved it forward, overrode a rule) does not
//! authorise it, and whoever authorises has a limit ([`policy`]). The service knows no bank details: the finance system pays by supplier number.
//!
//! What was paid and should not have been is asked back ([`recoveries`]).

pub mod acts;
pub mod advance;
pub mod follow;
pub mod holding;
pub mod passing;
pub mod policy;
pub mod recoveries;
pub mod routes;
pub mod rules;
pub mod runs;
pub mod schedule;
mod store;
pub mod verify;
pub mod year_end;

pub use rules::PaymentState;
pub use store::{Payment, PaymentFacts};
