//! Money in: budget lines, earmarks, tranches, bids and claims.

mod bids;
mod claims;
mod earmarks;
mod internal;
mod lines;
mod office;
mod shortfall;
mod tranches;
