//! When returns are due and how often they are asked for: the office's to set.
//!
//! What is set holds for returns that are made, or made again, from then on, and for those that nobody has begun and that are not due yet. A day that was
//! agreed for one return stays.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
