//! What a return asks for: which parts, which counts by area and group, and whether for its period or up to its end, with both shown.

pub mod acts;
pub mod routes;
pub mod rules;
