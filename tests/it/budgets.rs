//! Money in: budget lines, earmarks, tranches and bids.

mod bids;
mod earmarks;
mod lines;
mod office;
mod tranches;
