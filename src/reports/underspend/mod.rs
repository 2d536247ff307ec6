//! What awards are likely not to need of what is committed to them, by award or by source, quarter by quarter, while there is still time to let it go.
//!
//! What was accepted as spent counts, then the forecast in force; a quarter of which neither is known is taken to go as the agreed profile plans. Where
//! nothing says what is still to come, nothing is likely: that is not nought. What is likely underspent and not paid yet can be released by a
//! variation that lowers the award's value; it is free in its tranche or fund period then, and can be offered again.

pub mod routes;
pub mod rules;
