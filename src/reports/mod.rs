//! Questions across the whole house. Reports read everything, by their own SQL over the schema, and write nothing.
//!
//! Every report answers a question **as at** a business date and **known at** a moment. Both are part of the question: the same question with
//! the same two gives the same bytes for ever, because nothing that a report shows is ever overwritten and because a moment later than
//! the store's watermark, below which nothing can still appear, is refused. So the `ETag` is a hash of the question alone, known
//! before any work is done, and asking again costs nothing.
//!
//! A report never completes what a paper left out: an amount that is not known is counted, not added; *not reported* is not 0; a
//! printed figure stays beside the computed one, with their difference.

mod agreement;
mod allocations;
mod annual;
mod answer;
mod asked;
mod at_risk;
pub(crate) mod board;
mod book;
mod capacity;
mod changes;
pub mod claim;
mod claims_due;
mod compliance;
mod control_totals;
mod coverage;
mod expenditure;
mod facts;
mod fund_summary;
mod indicators;
mod limits;
mod names;
mod outturn;
mod printed;
mod returned;
pub mod routes;
mod service;
mod shares;
mod social_value;
mod sources;
mod tranche_summary;
mod underspend;
mod unit_costs;
